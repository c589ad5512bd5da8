#include "server/peer_progress.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing;
using namespace std::chrono_literals;
using server::peer_progress;
using server::peer_answer;
using server::peer_question;

namespace {

std::string const zone{"\7example\3com\0", 13}, other{"\7example\3net\0", 13};

peer_answer with_serial(std::uint32_t serial)
{
    return {dns::rcode::noerror, serial, true};
}

class watched {
public:
    explicit watched(bool is_asked = true) : state{is_asked} {}

    /// The kinds of what is sent now, "N" or "S".
    std::string sends()
    {
        std::string kinds;
        while (auto const q = state.next(now)) {
            kinds += q->kind == peer_question::notify ? "N" : "S";
            last = *q;
        }
        return kinds;
    }
    /// The same at the next time at which there is something.
    std::string sends_next()
    {
        now = std::max(now, state.next_time().value());
        return sends();
    }
    void answer(peer_answer const& a = {}) { state.answered(last, a, now); }

    peer_progress state;
    peer_progress::time now = peer_progress::time{} + 1h;
    peer_progress::question last;
};

} // namespace

TEST_CASE("A change is told at once, and then the SOA is asked for until it is there")
{
    watched w;
    w.state.changed(zone, 7, w.now);
    CHECK(w.sends() == "N");
    CHECK(w.state.state().behind == 1);
    w.answer();
    CHECK(w.sends_next() == "S");
    w.answer(with_serial(6));
    CHECK(w.state.find(zone)->serial_there == 6);
    CHECK(w.sends() == "");
    CHECK(w.sends_next() == "S");
    w.answer(with_serial(7));
    CHECK(w.state.state().behind == 0);
    CHECK(w.sends_next() == "");
    CHECK(w.state.is_idle());
}

TEST_CASE("However often a zone changes, it is told a few times a second, and of the last change for certain")
{
    watched w;
    std::size_t told = 0;
    auto const end = w.now + 2s;
    std::uint32_t serial = 1;
    for (; w.now < end; w.now += 1ms) {
        w.state.changed(zone, ++serial, w.now);
        if (w.sends() == "N") {
            ++told;
            w.answer();
        }
    }
    CHECK(told >= 10);
    CHECK(told <= 16);
    while (!w.state.is_idle()) {
        auto const sent = w.sends_next();
        if (sent == "S")
            w.answer(with_serial(serial));
        else if (sent == "N") {
            w.answer();
            told = 0;
        }
    }
    CHECK(told == 0); // the last change came after the last NOTIFY in the loop
}

TEST_CASE("Without an answer it is told again with growing pauses, and then no more")
{
    watched w{false};
    w.state.changed(zone, 7, w.now);
    auto const begin = w.now;
    std::string all = w.sends();
    while (!w.state.is_idle())
        all += w.sends_next();
    CHECK(all == "NNNNNN");
    CHECK(w.now - begin == 63s);
    CHECK(w.state.state().unanswered == 6);
}

TEST_CASE("A secondary that is silent is asked again later, so that it is known when it is back")
{
    watched w;
    w.state.changed(zone, 7, w.now);
    std::string all = w.sends();
    while (all.find('S') == all.npos)
        all += w.sends_next();
    CHECK(all == "NNNNNNS");
    w.answer(with_serial(7));
    CHECK(w.state.state().behind == 0);
}

TEST_CASE("A change while an answer is awaited is told as well")
{
    watched w;
    w.state.changed(zone, 7, w.now);
    CHECK(w.sends() == "N");
    w.now += 1ms;
    w.state.changed(zone, 8, w.now);
    CHECK(w.sends() == "");
    w.answer();
    CHECK(w.sends() == "");
    CHECK(w.sends_next() == "N");
    w.answer();
    CHECK(w.sends_next() == "S");
    w.answer(with_serial(7));
    CHECK(w.state.state().behind == 1);
    CHECK(w.sends_next() == "S");
    w.answer(with_serial(8));
    CHECK(w.state.state().behind == 0);
}

TEST_CASE("Serials compare as RFC 1982 says")
{
    watched w;
    w.state.changed(zone, 2, w.now);
    w.sends();
    w.answer();
    w.sends_next();
    w.answer(with_serial(0xFFFFFFFF));
    CHECK(w.state.state().behind == 1);
    w.sends_next();
    w.answer(with_serial(3));
    CHECK(w.state.state().behind == 0);
}

TEST_CASE("So many questions are under way and no more, and fewer to one that is silent")
{
    watched w;
    for (int i = 0; i < 1000; ++i) {
        std::string const text = std::to_string(i);
        w.state.changed(std::string(1, static_cast<char>(text.size())) + text + zone, 1, w.now);
    }
    CHECK(w.sends().size() == peer_progress::window);
    for (int i = 0; i < 5; ++i)
        w.sends_next();
    CHECK_FALSE(w.state.may_ask());
    w.now += 3s;
    CHECK(w.sends().size() <= peer_progress::narrow_window);
}

TEST_CASE("What is beyond the bound is dropped and counted")
{
    watched w;
    for (std::size_t i = 0; i < peer_progress::most_zones + 5; ++i) {
        std::string const text = std::to_string(i);
        w.state.changed(std::string(1, static_cast<char>(text.size())) + text + zone, 1, w.now);
    }
    CHECK(w.state.state().behind == peer_progress::most_zones);
    CHECK(w.state.state().dropped == 5);
}

TEST_CASE("A zone that is gone is forgotten, its answer too")
{
    watched w;
    w.state.changed(zone, 7, w.now);
    w.state.changed(other, 7, w.now);
    CHECK(w.sends() == "NN");
    w.state.removed(other);
    w.state.removed(zone);
    w.answer();
    CHECK(w.state.is_idle());
    CHECK_FALSE(w.state.next_time());
}

TEST_CASE("A round finds what is behind, what is as new, and what is not there")
{
    watched w;
    w.state.begin_round();
    w.state.answered_in_round(zone, with_serial(7), 7, w.now);
    w.state.answered_in_round(zone, {dns::rcode::refused, {}, false}, 7, w.now);
    w.state.answered_in_round(other, with_serial(6), 7, w.now);
    w.state.end_round(w.now);
    auto const s = w.state.state();
    CHECK(s.round.same == 1);
    CHECK(s.round.absent == 1);
    CHECK(s.behind == 1);
    CHECK(w.state.find(other)->serial_there == 6);
    CHECK(w.sends() == "N");
}

TEST_CASE("One that is silent does not wake the server all the time, however many zones wait")
{
    watched w;
    for (int i = 0; i < 300; ++i) {
        std::string const text = std::to_string(i);
        w.state.changed(std::string(1, static_cast<char>(text.size())) + text + zone, 1, w.now);
    }
    w.sends();
    auto const end = w.now + 120s;
    int wakes = 0;
    for (; w.now < end; ++wakes)
        w.sends_next();
    CHECK(wakes < 1200);
}

TEST_CASE("What could not be sent comes again")
{
    watched w;
    w.state.changed(zone, 7, w.now);
    CHECK(w.sends() == "N");
    w.state.not_sent(w.last, w.now);
    CHECK(w.sends() == "");
    while (w.last.kind != peer_question::notify || w.sends_next().empty())
        continue;
    w.answer();
    CHECK(w.sends_next() == "S");
}

TEST_CASE("Questions of a round are bounded, and those without an answer make it silent")
{
    watched w;
    std::size_t asked = 0;
    for (; w.state.may_ask_in_round(); ++asked)
        w.state.asked_in_round();
    CHECK(asked == peer_progress::round_window);
    for (std::size_t i = 0; i < asked; ++i)
        w.state.round_question_over(false);
    for (asked = 0; w.state.may_ask_in_round(); ++asked)
        w.state.asked_in_round();
    CHECK(asked == peer_progress::narrow_window);
}
