# The Debian package: what it installs, and what CPack has to know. ./dev package makes it.
set(debian ${CMAKE_SOURCE_DIR}/deploy/debian)
set(pages ${CMAKE_BINARY_DIR}/pages)
file(MAKE_DIRECTORY ${pages})

add_executable(rollcall_manual ${debian}/manual.cpp)
target_link_libraries(rollcall_manual PRIVATE rollcall_command)

# Debian wants its texts compressed, and the same bytes each time.
set(compressed "")
function(rollcall_compress source destination)
  add_custom_command(OUTPUT ${destination} DEPENDS ${source} VERBATIM
    COMMAND sh -c "gzip -9nc \"$0\" > \"$1\"" ${source} ${destination})
  set(compressed ${compressed} ${destination} PARENT_SCOPE)
endfunction()

add_custom_command(OUTPUT ${pages}/rollcall.1 ${pages}/rollcall.toml.5
  COMMAND rollcall_manual ${pages} DEPENDS rollcall_manual VERBATIM)
rollcall_compress(${pages}/rollcall.1 ${pages}/rollcall.1.gz)
rollcall_compress(${pages}/rollcall.toml.5 ${pages}/rollcall.toml.5.gz)
rollcall_compress(${CMAKE_SOURCE_DIR}/CHANGELOG.md ${pages}/changelog.gz)
rollcall_compress(${debian}/changelog ${pages}/changelog.Debian.gz)
add_custom_target(package_texts ALL DEPENDS ${compressed})

install(TARGETS rollcall DESTINATION bin)
install(FILES ${pages}/rollcall.1.gz DESTINATION share/man/man1)
install(FILES ${pages}/rollcall.toml.5.gz DESTINATION share/man/man5)
install(FILES ${pages}/changelog.gz ${pages}/changelog.Debian.gz ${debian}/copyright
              ${CMAKE_SOURCE_DIR}/README.md
        DESTINATION share/doc/rollcall)
# The program's own words name pages of it, such as docs/outages.md.
install(DIRECTORY ${CMAKE_SOURCE_DIR}/docs DESTINATION share/doc/rollcall PATTERN adr EXCLUDE)
install(FILES ${CMAKE_SOURCE_DIR}/deploy/nginx.conf ${CMAKE_SOURCE_DIR}/deploy/haproxy.cfg
        DESTINATION share/doc/rollcall/examples)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/examples/ ${CMAKE_SOURCE_DIR}/deploy/grafana
                  ${CMAKE_SOURCE_DIR}/deploy/prometheus
        DESTINATION share/doc/rollcall/examples)
install(FILES ${debian}/rollcall.bash RENAME rollcall
        DESTINATION share/bash-completion/completions)
install(FILES ${debian}/rollcall.service DESTINATION /lib/systemd/system)
install(FILES ${debian}/rollcall.toml DESTINATION /etc/rollcall)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME rollcall)
set(CPACK_PACKAGE_CONTACT "rollcall maintainers <maintainers@rollcall.example>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "presence and realtime server")
set(CPACK_PACKAGE_DESCRIPTION
"Tells an application who is here right now, and reaches them: heartbeats
that are counted, sets of live members, and WebSockets that reach a user
on every tab and every node.
.
It counts in memory, in Redis or in PostgreSQL, and hands over from one
to the other while a store is broken.")
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR})
set(CPACK_STRIP_FILES ON)
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS adduser)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "redis-server | redis, postgresql, nginx | haproxy")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${debian}/conffiles ${debian}/postinst ${debian}/prerm
                                       ${debian}/postrm)
include(CPack)
