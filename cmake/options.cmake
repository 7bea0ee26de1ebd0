add_library(rollcall_options INTERFACE)
target_compile_options(rollcall_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor
  -Wimplicit-fallthrough -Werror)
target_compile_definitions(rollcall_options INTERFACE
  ROLLCALL_VERSION="${PROJECT_VERSION}")
# Tests are compiled more often than they run: without optimization they build twice as fast.
set(ROLLCALL_TEST_OPTIONS -O0)
if(ROLLCALL_SANITIZE)
  add_compile_options(-fsanitize=${ROLLCALL_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${ROLLCALL_SANITIZE})
  # g++ warns that it does not follow fences, which Asio has; a mutex orders the same accesses.
  if(ROLLCALL_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-tsan)
  endif()
  # Instrumented code misleads g++'s flow analysis (GCC's manual, -fsanitize=address).
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-maybe-uninitialized)
  endif()
  if(ROLLCALL_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()
if(ROLLCALL_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
