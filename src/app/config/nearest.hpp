#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::app {

// Letters to insert, drop, change or swap with their neighbour, to make one word of the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The known word that was probably meant, or an empty view when none is near.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known);

// "; did you mean NEAREST?", or nothing.
std::string suggestion(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace rollcall::app
