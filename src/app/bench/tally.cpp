#include "app/bench/tally.hpp"

namespace rollcall::bench {

void Tally::failed(std::string_view kind) {
  ++failures_;
  std::string name(kind);
  if (kinds_.size() >= kMostKinds && !kinds_.contains(name)) name = "other";
  ++kinds_[name];
}

}  // namespace rollcall::bench
