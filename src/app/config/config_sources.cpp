#include "app/config/config_sources.hpp"

#include "app/config/config_draft.hpp"
#include "app/config/config_file.hpp"
#include "app/config/consistency.hpp"
#include "app/config/settings.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace rollcall::app {
namespace {

constexpr std::string_view kPrefix = "ROLLCALL_";

void apply(const Setting& setting, std::string_view source, std::string_view text,
           ConfigDraft& draft) {
  draft.note(std::string(setting.path), {std::string(source)});
  if (auto complaint = assign_text(setting, text)) {
    draft.complain(setting.path, std::move(*complaint));
  }
}

void read_environment(const Environment& environment, ConfigDraft& draft) {
  for (const Setting& setting : settings_of(draft.config)) {
    const std::string name = environment_name(setting.path);
    const auto variable = environment.find(name);
    if (variable != environment.end()) apply(setting, name, variable->second, draft);
  }
}

void read_flags(const std::vector<FlagValue>& flags, ConfigDraft& draft) {
  const std::vector<Setting> settings = settings_of(draft.config);
  for (const FlagValue& flag : flags) {
    const auto setting = std::ranges::find(settings, flag.path, &Setting::path);
    if (setting != settings.end()) apply(*setting, flag.flag, flag.text, draft);
  }
}

}  // namespace

Environment rollcall_environment(const char* const* variables) {
  Environment environment;
  for (; variables != nullptr && *variables != nullptr; ++variables) {
    const std::string_view variable = *variables;
    const std::size_t equals = variable.find('=');
    if (!variable.starts_with(kPrefix) || equals == std::string_view::npos) continue;
    environment.emplace(variable.substr(0, equals), variable.substr(equals + 1));
  }
  return environment;
}

base::Result<Config> load_config(const ConfigSources& sources) {
  ConfigDraft draft;
  if (sources.file) {
    auto text = read_file(*sources.file);
    if (!text.ok()) return std::move(text).error();
    read_config_text(text.value(), *sources.file, draft);
  }
  read_environment(sources.environment, draft);
  read_flags(sources.flags, draft);
  draft.config.dev = sources.dev;
  draft.config.echo = sources.echo;
  check_consistency(draft);
  return std::move(draft).finish();
}

}  // namespace rollcall::app
