#include "app/config/config_draft.hpp"
#include "app/config/config_file.hpp"
#include "app/config/consistency.hpp"
#include "app/config/print_config.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>

// Any text is read without a crash, and what was accepted prints as a text that loads.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace rollcall::app;
  ConfigDraft draft;
  read_config_text({reinterpret_cast<const char*>(bytes), size}, "fuzz.toml", draft);
  check_consistency(draft);
  const auto config = std::move(draft).finish();
  if (!config.ok()) return 0;
  ConfigDraft printed;
  read_config_text(print_config(config.value()), "printed.toml", printed);
  if (!std::move(printed).finish().ok()) std::abort();
  return 0;
}
