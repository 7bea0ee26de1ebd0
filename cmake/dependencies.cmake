# Everything here is a Debian 12 package; scripts/packages.sh lists them.
find_package(Boost 1.81 EXACT REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(SQLite3 3.40 REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(fmt REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(tomlplusplus 3.3 REQUIRED)
find_package(Threads REQUIRED)

# Boost's compiled parts are built once, in one file a library: including them everywhere
# costs a minute of compiling.
add_library(rollcall_boost STATIC
  ${CMAKE_SOURCE_DIR}/cmake/boost/asio.cpp
  ${CMAKE_SOURCE_DIR}/cmake/boost/beast.cpp
  ${CMAKE_SOURCE_DIR}/cmake/boost/json.cpp
  ${CMAKE_SOURCE_DIR}/cmake/boost/url.cpp)
target_compile_definitions(rollcall_boost PUBLIC
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  BOOST_JSON_NO_LIB BOOST_URL_NO_LIB BOOST_ALL_NO_LIB)
target_link_libraries(rollcall_boost PUBLIC Boost::headers OpenSSL::SSL OpenSSL::Crypto
                      Threads::Threads)

add_library(rollcall_cli11 INTERFACE)

if(ROLLCALL_TESTS)
  find_package(GTest REQUIRED)
  find_package(rapidcheck REQUIRED)
  add_library(rollcall_gtest INTERFACE)
  target_link_libraries(rollcall_gtest INTERFACE GTest::gtest GTest::gmock GTest::gtest_main
                        rapidcheck)
endif()
