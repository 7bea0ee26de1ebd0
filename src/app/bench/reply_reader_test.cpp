#include "app/bench/reply_reader.hpp"

#include <gtest/gtest.h>

namespace rollcall::bench {
namespace {

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"online\":1}";

TEST(ReplyReader, ReadsAnswersCutAnywhere) {
  const std::string two = std::string(kOk) + std::string(kOk);
  for (std::size_t cut = 1; cut < two.size(); ++cut) {
    ReplyReader reader;
    int answers = 0;
    for (std::string_view part :
         {std::string_view(two).substr(0, cut), std::string_view(two).substr(cut)}) {
      while (!part.empty() && reader.take(part)) {
        ++answers;
        EXPECT_EQ(reader.reply().body, "{\"online\":1}");
        EXPECT_TRUE(reader.reply().keeps_alive);
      }
      ASSERT_FALSE(reader.is_broken()) << cut;
    }
    EXPECT_EQ(answers, 2) << cut;
  }
}

TEST(ReplyReader, LeavesTheFramesBehindAnUpgrade) {
  ReplyReader reader;
  std::string_view bytes =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x01x";
  ASSERT_TRUE(reader.take(bytes));
  EXPECT_EQ(reader.reply().status, 101);
  EXPECT_EQ(bytes, "\x81\x01x");
}

TEST(ReplyReader, ReadsChunksOfAProxy) {
  ReplyReader reader;
  std::string_view bytes =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
      "3\r\nabc\r\n0\r\n\r\n";
  ASSERT_TRUE(reader.take(bytes));
  EXPECT_EQ(reader.reply().body, "abc");
  EXPECT_FALSE(reader.reply().keeps_alive);
}

TEST(ReplyReader, TellsOfWhatIsNoHttp) {
  ReplyReader reader;
  std::string_view bytes = "SSH-2.0-OpenSSH_9.2\r\n";
  EXPECT_FALSE(reader.take(bytes));
  EXPECT_TRUE(reader.is_broken());
}

TEST(ReplyReader, AKindIsTheStatusAndTheCode) {
  EXPECT_EQ((Reply{200, true, "{}"}.kind()), "200 that is not rollcall's");
  EXPECT_EQ((Reply{502, true, "<html>"}.kind()), "502");
  EXPECT_EQ((Reply{503, true, R"({"error":{"code":"overloaded","message":"m"}})"}.kind()),
            "503 overloaded");
}

}  // namespace
}  // namespace rollcall::bench
