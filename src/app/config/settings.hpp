#pragma once

#include "app/config/config.hpp"
#include "app/config/setting.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rollcall::app {

// The one table of all settings, bound to a configuration, in the order in which they are shown.
// The file, the environment, the flags, print-config and the reference all come from it.
std::vector<Setting> settings_of(Config& config);

// The settings of one entry of [[roster]], [[refresh]] and [[retention]].
std::vector<Setting> settings_of(RosterConfig& roster);
std::vector<Setting> settings_of(RefreshConfig& refresh);
std::vector<Setting> settings_of(RetentionConfig& retention);

// A list of tables in the file: [[roster]].
struct ListedTable {
  std::string_view name;
  std::string_view description;
};
inline constexpr ListedTable kRosterTable{"roster", "A named set of live members; any number"};
inline constexpr ListedTable kRefreshTable{
    "refresh", "A message that goes to each live member of a roster at an interval; any number"};
inline constexpr ListedTable kRetentionTable{
    "retention",
    "A session table of PostgreSQL that is kept from growing without bound; any number"};
constexpr std::size_t kMaxListedTables = 1000;

// "server.listen" is "ROLLCALL_SERVER_LISTEN". Entries of [[...]] have no variables.
std::string environment_name(std::string_view path);

// The part before the last dot ("server.tls"), and the one after it.
std::string_view section_of(std::string_view path);
std::string_view key_of(std::string_view path);

}  // namespace rollcall::app
