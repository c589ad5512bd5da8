# Part of the installation: the systemd unit, and homing.toml in /etc where homing goes to /usr. `source`, `bindir`, `docdir` and `scratch` are set
# before it.
set(BIN "${CMAKE_INSTALL_PREFIX}/${bindir}")
set(DOC "${CMAKE_INSTALL_PREFIX}/${docdir}")
configure_file("${source}/packaging/homing.service.in" "${scratch}/homing.service" @ONLY)
file(INSTALL "${scratch}/homing.service" DESTINATION "${CMAKE_INSTALL_PREFIX}/lib/systemd/system")
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
    file(INSTALL "${source}/docs/example/homing.toml" DESTINATION "/etc/homing")
endif()
