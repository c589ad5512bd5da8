#include "server/client_variety.hpp"

namespace homing::server {

client_variety::view client_variety::combine(view const& a, view const& b) noexcept
{
    if (!a.first || !b.first)
        return a.first ? a : b;
    return {a.is_many || b.is_many || !a.first->is_same_host(*b.first), a.first, a.batches + b.batches};
}

} // namespace homing::server
