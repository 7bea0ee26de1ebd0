#pragma once

#include "app/config/config_draft.hpp"

namespace rollcall::app {

// Adds what is wrong with [[retention]]: part of check_consistency().
void check_retentions(ConfigDraft& draft);

}  // namespace rollcall::app
