// Transfers of a zone with a random history, as the messages that a secondary gets: whatever serial it has, what IXFR tells it must make of its
// zone exactly what AXFR gives of the newest.
#include "dns/message.hpp"
#include "storage/journal_steps.hpp"
#include "tests/support/remembered_zone.hpp"
#include "zone/difference_transfer.hpp"
#include "zone/transfer.hpp"

#include <list>

using namespace homing;
using namespace tests;

namespace {

/// A page is three entries, so that every reading goes over several.
class paged_journal final : public storage::journal_source {
public:
    explicit paged_journal(std::vector<storage::journal_entry> const& all) : all_{all} {}

    dns::result<std::optional<storage::journal_entry>> find(std::int64_t) override { return std::optional<storage::journal_entry>{}; }
    dns::result<storage::journal_page> before(storage::journal_place, std::optional<std::int64_t>,
                                              storage::journal_filter const&) override
    {
        return storage::journal_page{};
    }
    dns::result<std::vector<storage::journal_entry>> from(std::int64_t, std::int64_t sequence) override
    {
        auto const first = std::min(static_cast<std::size_t>(sequence - 1), all_.size());
        auto const last = std::min(first + 3, all_.size());
        return std::vector<storage::journal_entry>(all_.begin() + static_cast<std::ptrdiff_t>(first),
                                                   all_.begin() + static_cast<std::ptrdiff_t>(last));
    }
    dns::result<std::optional<std::int64_t>> place_of(std::int64_t, std::uint32_t serial) override
    {
        for (auto const& e : all_)
            if (e.serial_from == serial)
                return std::optional{e.sequence};
        if (!all_.empty() && all_.back().serial_to == serial)
            return std::optional{all_.back().sequence + 1};
        return std::optional<std::int64_t>{};
    }
    dns::result<std::vector<storage::journal_zone>> zones_after(std::int64_t) override { return std::vector<storage::journal_zone>{}; }

private:
    std::vector<storage::journal_entry> const& all_;
};

struct received_record {
    std::string text; // as describe prints it
    bool is_soa;
};

/// All messages of a stream, read as octets from a network.
class stream {
public:
    template <class Source>
    explicit stream(Source& source, std::size_t limit)
    {
        while (!source.is_done()) {
            std::vector<std::uint8_t> buffer(65535);
            dns::name const apex = tests::name("example.com.");
            std::copy(apex.view().bytes().begin(), apex.view().bytes().end(), buffer.begin() + 12);
            std::size_t const end = 12 + apex.view().size() + 4;
            buffer[5] = 1;
            buffer[end - 3] = 251;
            buffer[end - 1] = 1;
            dns::wire_writer out{buffer, end, std::max(limit, end)};
            auto count = source.write(out);
            if (count == 0) {
                out.limit(buffer.size());
                count = source.write(out);
            }
            REQUIRE(count != 0);
            out.patch16(2, 0x8400);
            out.patch16(6, count);
            read(out.written());
            ++messages;
        }
    }

    std::vector<received_record> records;
    std::size_t messages = 0;

private:
    void read(std::span<std::uint8_t const> message)
    {
        auto const view = dns::request_view::read(message);
        REQUIRE(view.error == dns::rcode::noerror);
        dns::wire_reader in{message, view.sections[1]};
        for (unsigned left = view.header.counts[1]; left != 0; --left) {
            dns::record_view r;
            dns::read_record(in, r);
            REQUIRE(in.ok());
            REQUIRE(r.klass == dns::rr_class::in);
            std::vector<std::uint8_t> rdata;
            dns::wire_reader fields{message, r.rdata_at};
            dns::read_rdata(fields, r.type, r.rdata_size, rdata);
            REQUIRE(fields.ok());
            records.push_back({describe(r.owner, r.ttl, static_cast<std::uint16_t>(r.type), rdata),
                               r.type == dns::rr_type::soa});
        }
        REQUIRE(in.position() == message.size());
    }
};

/// AXFR: everything between the SOAs.
zone_records whole(stream const& s)
{
    REQUIRE(s.records.size() > 2);
    REQUIRE(s.records.front().is_soa);
    REQUIRE(s.records.back().text == s.records.front().text);
    zone_records z;
    for (std::size_t i = 0; i + 1 < s.records.size(); ++i)
        z.insert(s.records[i].text);
    return z;
}

/// IXFR (RFC 1995 4): strict, as a secondary that trusts nobody.
struct applied {
    zone_records zone;
    std::size_t sequences = 0;

    applied(zone_records before, stream const& s) : zone{std::move(before)}
    {
        auto const& r = s.records;
        REQUIRE(r.size() >= 4);
        REQUIRE(r.back().text == r.front().text);
        for (std::size_t i = 1; i + 1 < r.size(); ++sequences) {
            REQUIRE(r[i].is_soa);
            do
                remove(r[i++].text);
            while (!r[i].is_soa);
            do
                add(r[i++].text);
            while (!r[i].is_soa);
        }
    }

private:
    void remove(std::string const& text)
    {
        auto const at = zone.find(text);
        INFO(text);
        REQUIRE(at != zone.end());
        zone.erase(at);
    }
    void add(std::string const& text)
    {
        INFO(text);
        REQUIRE_FALSE(zone.contains(text));
        zone.insert(text);
    }
};

std::uint32_t serial_before(remembered_zone const& z, std::size_t change)
{
    return z.change(change).serial_from;
}

} // namespace

TEST_CASE("IXFR from any serial makes exactly what AXFR gives of the newest")
{
    std::size_t alone = 0, condensed = 0, in_several = 0;
    for (unsigned const seed : {11U, 12U, 13U, 14U}) {
        generator any{seed};
        remembered_zone z;
        paged_journal journal{z.journal};
        while (z.journal.size() < 120) {
            if (any.one_in(25))
                z.import_version(any.below(z.versions.size()));
            else
                z.perform({make_update("example.com.", "all.", any.update()), {}});
        }
        zone::outgoing_transfer axfr{z.served.zone()};
        auto const newest = whole(stream{axfr, 300 + any.below(4000)});
        REQUIRE((newest == z.versions.back()));
        for (std::size_t change = 1; change <= z.journal.size(); ++change) {
            INFO("seed " << seed << ", from before change " << change);
            storage::step_limits limits;
            limits.single = any.below(40);
            auto steps = storage::read_steps(journal, 1, serial_before(z, change), z.served.zone().serial(), limits);
            REQUIRE(steps.has_value());
            REQUIRE(steps->has_value());
            std::size_t const count = z.journal.size() - change + 1;
            REQUIRE((*steps)->size() == (count <= limits.single ? count : 1));
            zone::outgoing_difference ixfr{name("example.com."), std::move(**steps)};
            stream const received{ixfr, 150 + any.below(2000)};
            applied const result{z.versions[change - 1], received};
            REQUIRE((result.zone == newest));
            alone += result.sequences > 1;
            condensed += result.sequences == 1 && count > 1;
            in_several += received.messages > 1;
        }
    }
    CHECK(alone > 20);
    CHECK(condensed > 100);
    CHECK(in_several > 100);
}

TEST_CASE("Steps that the journal does not have are not made up")
{
    generator any{21};
    remembered_zone z;
    while (z.journal.size() < 40)
        z.perform({make_update("example.com.", "all.", any.update()), {}});
    auto const to = z.served.zone().serial();
    auto entries = z.journal;
    auto const read = [&](std::uint32_t from) {
        paged_journal journal{entries};
        auto const steps = storage::read_steps(journal, 1, from, to);
        REQUIRE(steps.has_value());
        return steps->has_value();
    };
    auto const first = entries.front().serial_from;
    CHECK(read(first));
    CHECK_FALSE(read(first - 1));

    SECTION("a zone replaced in between")
    {
        entries[20].kind = storage::journal_kind::replaced;
        CHECK_FALSE(read(first));
        CHECK(read(entries[21].serial_from));
    }
    SECTION("an entry that does not lead on")
    {
        entries[20].serial_from += 1;
        CHECK_FALSE(read(first));
    }
    SECTION("too much for the memory")
    {
        paged_journal journal{entries};
        auto const steps = storage::read_steps(journal, 1, first, to, {.memory = 300});
        REQUIRE(steps.has_value());
        CHECK_FALSE(steps->has_value());
    }
    SECTION("too many steps are not read")
    {
        paged_journal journal{entries};
        int pages = 0;
        auto const steps = storage::read_steps(journal, 1, first, to, {.steps = 39}, [&] { return ++pages > 0; });
        REQUIRE(steps.has_value());
        CHECK_FALSE(steps->has_value());
        CHECK(pages == 0);
    }
    SECTION("nobody waits for it any more")
    {
        paged_journal journal{entries};
        int pages = 0;
        auto const steps = storage::read_steps(journal, 1, first, to, {}, [&] { return ++pages < 3; });
        REQUIRE(steps.has_value());
        CHECK_FALSE(steps->has_value());
    }
}
