#pragma once

#include "app/config/config_draft.hpp"

namespace rollcall::app {

// The name of the roster behind the heartbeats, which no [[roster]] may take.
inline constexpr std::string_view kSessionsRoster = "online_sessions";

// Adds to the draft what is wrong between settings that are each right by themselves.
void check_consistency(ConfigDraft& draft);

}  // namespace rollcall::app
