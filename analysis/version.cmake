# Writes HEADER, the version as macros; run at every build, touches the file only if something changed.
execute_process(
  COMMAND git describe --tags --always --dirty
  WORKING_DIRECTORY ${SOURCE_DIR}
  OUTPUT_VARIABLE commit
  OUTPUT_STRIP_TRAILING_WHITESPACE
  ERROR_QUIET
  RESULT_VARIABLE failed)
if(failed OR commit STREQUAL "")
  set(commit "unknown")
endif()
set(text "#pragma once\n")
string(APPEND text "#define GILSIM_RELEASE \"${RELEASE}\"\n")
string(APPEND text "#define GILSIM_COMMIT \"${commit}\"\n")
string(APPEND text "#define GILSIM_COMPILER \"${COMPILER}\"\n")
string(APPEND text "#define GILSIM_SIMGRID \"${SIMGRID}\"\n")
set(old "")
if(EXISTS ${HEADER})
  file(READ ${HEADER} old)
endif()
if(NOT old STREQUAL text)
  file(WRITE ${HEADER} "${text}")
endif()
