#pragma once
/// protozero's reader, which throws where a field of a damaged trace is not of the type that it is read as. By itself it
/// only asserts that.

#include <protozero/config.hpp>
#include <protozero/exception.hpp>

#pragma push_macro("protozero_assert")
#undef protozero_assert
#define protozero_assert(condition) \
    ((condition) ? static_cast<void>(0) : throw protozero::unknown_pbf_wire_type_exception())
#include <protozero/pbf_reader.hpp>
#pragma pop_macro("protozero_assert")
