# The libraries from outside, all of them Debian packages, and the function that turns a folder into a library of ours.

find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(SQLite3 REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tomlplusplus REQUIRED)

find_path(LDNS_INCLUDE_DIR ldns/ldns.h REQUIRED)
find_library(LDNS_LIBRARY ldns REQUIRED)
add_library(homing::ldns INTERFACE IMPORTED)
set_target_properties(homing::ldns PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${LDNS_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES "${LDNS_LIBRARY}")

# Asio compiled once, instead of in every source that includes it.
add_library(homing_asio STATIC cmake/asio.cpp)
set_target_properties(homing_asio PROPERTIES CXX_CLANG_TIDY "")
target_link_libraries(homing_asio PUBLIC Boost::headers Threads::Threads)
target_compile_definitions(homing_asio PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)

# homing_folder(NAME LIBRARIES lib... [EXCLUDE file...])
# homing_NAME: every .cpp below NAME/ but the excluded ones. Without sources it is a library of headers.
# homing_NAME_scope is the keyword that target_* commands need for it: PUBLIC or INTERFACE.
function(homing_folder name)
    cmake_parse_arguments(ARG "" "" "LIBRARIES;EXCLUDE" ${ARGN})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${name}/*.cpp)
    list(TRANSFORM ARG_EXCLUDE PREPEND ${PROJECT_SOURCE_DIR}/${name}/)
    list(REMOVE_ITEM sources ${ARG_EXCLUDE})
    if(sources)
        set(scope PUBLIC)
        add_library(homing_${name} STATIC ${sources})
        target_link_libraries(homing_${name} PRIVATE homing_compiler)
    else()
        set(scope INTERFACE)
        add_library(homing_${name} INTERFACE)
    endif()
    target_include_directories(homing_${name} ${scope} ${PROJECT_SOURCE_DIR})
    target_link_libraries(homing_${name} ${scope} ${ARG_LIBRARIES} Boost::headers)
    set(homing_${name}_scope ${scope} PARENT_SCOPE)
endfunction()
