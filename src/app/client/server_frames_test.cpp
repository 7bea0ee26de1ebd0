#include "app/client/server_frames.hpp"

#include "transport/ws/frame_reader.hpp"

#include <gtest/gtest.h>

namespace rollcall::app {
namespace {

std::string server_frame(ws::Opcode opcode, std::string_view payload) {
  std::string frame;
  ws::append_frame_header(frame, opcode, payload.size());
  return frame.append(payload);
}

TEST(ServerFrames, AreTakenOnceTheyAreWhole) {
  for (const std::size_t size : {0, 1, 125, 126, 65'535, 65'536}) {
    const std::string payload(size, 'x');
    const std::string bytes = server_frame(ws::Opcode::text, payload);
    for (const std::size_t cut : {std::size_t{0}, std::size_t{1}, bytes.size() - 1}) {
      EXPECT_FALSE(first_frame(std::string_view(bytes).substr(0, cut))) << size << " " << cut;
    }
    const std::string two = bytes + "behind";
    const auto frame = first_frame(two);
    ASSERT_TRUE(frame) << size;
    EXPECT_EQ(frame->opcode, ws::Opcode::text);
    EXPECT_EQ(frame->payload, payload);
    EXPECT_EQ(frame->size, bytes.size());
  }
}

TEST(ServerFrames, AClientsFrameIsWhatAServerTakes) {
  for (const std::size_t size : {0, 5, 126, 70'000}) {
    const std::string payload(size, 'y');
    std::string bytes = client_frame(ws::Opcode::text, payload);
    std::span<char> rest(bytes);
    ws::FrameReader reader;
    const auto event = reader.next(rest, 100'000);
    EXPECT_EQ(event.kind, ws::FrameReader::Kind::text) << size;
    EXPECT_EQ(reader.take(event), payload);
    EXPECT_TRUE(rest.empty());
  }
}

}  // namespace
}  // namespace rollcall::app
