#pragma once

#include "app/command/bench_command.hpp"
#include "app/command/command_line.hpp"
#include "app/command/doctor_command.hpp"
#include "app/command/retention_command.hpp"
#include "app/config/config_sources.hpp"
#include "app/config/user_token.hpp"

#include <string>
#include <string_view>

namespace rollcall::app {

// The exit status for settings with problems, and for words that are not understood.
inline constexpr int kConfigProblem = 1;
inline constexpr int kNotUnderstood = 2;

// What was typed, for each command: what is left to do, with the settings that it needs. Texts on
// standard error end with a newline.
Command make_serve(ConfigSources sources);
Command make_migrate(const ConfigSources& sources);
Command make_check(const ConfigSources& sources, bool connect);
Command make_print(const ConfigSources& sources, bool as_reference);
Command make_token(const ConfigSources& sources, const TokenRequest& request);
Command make_status(StatusCommand status, const std::string& api_key_file,
                    const Environment& environment);
Command make_retention(const ConfigSources& sources, const RetentionRequest& request);
Command make_doctor(const ConfigSources& sources, DoctorRequest request);
Command make_bench(const ConfigSources& sources, BenchRequest request);

// "rollcall: WHAT", and where to read about the command.
Finished misused(std::string_view command, std::string_view what);

}  // namespace rollcall::app
