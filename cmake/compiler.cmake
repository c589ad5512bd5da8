# What every target of ours is compiled with. Linked as homing_compiler; libraries from outside never see it.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set_property(GLOBAL PROPERTY USE_FOLDERS ON)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g")
if(CMAKE_CXX_CLANG_TIDY) # nobody runs what lint compiles
    set(CMAKE_CXX_FLAGS_DEBUG "-O0")
endif()
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g -DNDEBUG")

# Paths in the objects are relative to the repository, so that ccache can share them between several checkouts.
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} ${CCACHE})
endif()

add_library(homing_compiler INTERFACE)
target_include_directories(homing_compiler INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(homing_compiler INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual
    -fstack-protector-strong
    -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=
    $<$<BOOL:${HOMING_WERROR}>:-Werror>)
# With optimization and coroutines g++ 12 warns of variables that it made up itself.
target_compile_options(homing_compiler INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
    $<$<CXX_COMPILER_ID:Clang>:-Wno-sign-conversion>)

# These change the meaning of every object, so they are set for everything, Asio's own sources included.
if(HOMING_SANITIZE)
    add_compile_options(-fsanitize=${HOMING_SANITIZE} -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${HOMING_SANITIZE})
    if(HOMING_SANITIZE MATCHES undefined)
        add_compile_options(-fno-sanitize-recover=all)
        add_link_options(-fno-sanitize-recover=all)
    endif()
endif()
if(HOMING_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
    add_compile_definitions(_GLIBCXX_ASSERTIONS)
else()
    add_compile_definitions($<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
endif()

find_program(MOLD mold)
if(MOLD AND NOT HOMING_LTO AND NOT HOMING_FUZZ)
    add_link_options(-fuse-ld=mold)
endif()

if(HOMING_LTO)
    include(CheckIPOSupported)
    check_ipo_supported(RESULT HOMING_HAS_IPO LANGUAGES CXX)
    set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ${HOMING_HAS_IPO})
endif()
