# rollcall_embed(TARGET NAMESPACE GLOB...): files become read-only bytes of the program.
# "#include <embedded/TARGET.hpp>" declares one std::string_view function a file, named after the
# file: web/live/live.js is NAMESPACE::live_js().
function(rollcall_embed target namespace)
  set(globs ${ARGN})
  list(TRANSFORM globs PREPEND ${CMAKE_SOURCE_DIR}/ REGEX "^[^/]")
  file(GLOB files CONFIGURE_DEPENDS ${globs})
  set(folder ${CMAKE_BINARY_DIR}/embedded)
  set(assembly "    .section .rodata\n")
  set(declarations "")
  set(definitions "")
  foreach(file ${files})
    get_filename_component(leaf ${file} NAME)
    string(MAKE_C_IDENTIFIER ${leaf} name)
    set(symbol ${target}_${name})
    string(APPEND assembly
      "    .global ${symbol}_begin\n    .global ${symbol}_end\n"
      "${symbol}_begin:\n    .incbin \"${file}\"\n${symbol}_end:\n    .byte 0\n")
    string(APPEND declarations "std::string_view ${name}();\n")
    string(APPEND definitions
      "extern \"C\" const char ${symbol}_begin[];\nextern \"C\" const char ${symbol}_end[];\n"
      "std::string_view ${namespace}::${name}() {\n"
      "  return {${symbol}_begin, static_cast<std::size_t>(${symbol}_end - ${symbol}_begin)};\n}\n")
  endforeach()
  string(APPEND assembly "    .section .note.GNU-stack,\"\",%progbits\n")
  file(CONFIGURE OUTPUT ${folder}/${target}.S CONTENT "${assembly}" @ONLY)
  file(CONFIGURE OUTPUT ${folder}/${target}.hpp @ONLY CONTENT
    "#pragma once\n#include <string_view>\nnamespace ${namespace} {\n${declarations}}\n")
  file(CONFIGURE OUTPUT ${folder}/${target}.cpp @ONLY CONTENT
    "#include \"${target}.hpp\"\n${definitions}")
  set_source_files_properties(${folder}/${target}.S PROPERTIES OBJECT_DEPENDS "${files}")
  target_sources(${target} PRIVATE ${folder}/${target}.S ${folder}/${target}.cpp)
  target_include_directories(${target} PUBLIC ${CMAKE_BINARY_DIR})
endfunction()
