using Rondo.Tests.Simulation.Store;

namespace Rondo.Tests.Simulation.Pipelines;

/// <summary>Mistakes that were made, or could be, in what the commit protocol says to the database.</summary>
internal static class Mutations
{
    public static IReadOnlyList<Mutation> All { get; } =
    [
        new(
            "a publication does not ask for the fence",
            "set state = @state, failures = @failures",
            "and attempt = @Attempt and fence = @Fence",
            "and @Attempt >= 0 and @Fence >= 0"
        ),
        new(
            "a publication does not ask whether the step is running",
            "set state = @state, failures = @failures",
            "and state = 'running'",
            ""
        ),
        new(
            "nobody is released",
            "set waiting_on = waiting_on - 1",
            "waiting_on = waiting_on - 1",
            "waiting_on = waiting_on - 0"
        ),
        new(
            "who waits for two is released by one",
            "set waiting_on = waiting_on - 1",
            "waiting_on = 1",
            "waiting_on <= 2"
        ),
        new("a claim does not ask for the state", "begun_at = coalesce(begun_at, @at)", "and state = 'ready'", ""),
        new(
            "a claim does not ask for the fence",
            "begun_at = coalesce(begun_at, @at)",
            "and fence = @Fence",
            "and @Fence >= 0"
        ),
        new("pools are not counted", "begun_at = coalesce(begun_at, @at)", "q.slots <=", "q.slots * 1000 <="),
        new(
            "identical steps are computed at once",
            "begun_at = coalesce(begun_at, @at)",
            "other.cache_key = @key",
            "1 = 0"
        ),
        new(
            "the reaper does not wait for the lease",
            "lease_until < @now",
            "lease_until < @now",
            "lease_until is not null and @now >= 0"
        ),
        new("nobody is reaped", "lease_until < @now", "lease_until < @now", "lease_until < 0 * @now"),
        new(
            "an end is told twice",
            "set state = @State, reason = @Reason",
            "and (state = 'queued' or",
            "and (1 = 1 or"
        ),
        new(
            "what runs is not called off",
            "case when state in ('running', 'waiting')",
            "'pending', 'ready', 'running', 'waiting')",
            "'pending')"
        ),
        new(
            "what is ready is not called off",
            "case when state in ('running', 'waiting')",
            "('pending', 'ready', ",
            "('pending', "
        ),
        new("two items take the place of one", "items_begun = items_begun + 1", "items_begun + 1", "items_begun + 0"),
        new(
            "a group ends early",
            "update pipelines_scope set remaining",
            "remaining = remaining - 1",
            "remaining = remaining - 2"
        ),
        new(
            "a group never ends",
            "update pipelines_scope set remaining",
            "remaining = remaining - 1",
            "remaining = remaining"
        ),
        new(
            "queued runs are forgotten",
            "set state = 'created' where id = @Id",
            "and state = 'queued'",
            "and state = 'nothing'"
        ),
        new(
            "a queue lets too many in",
            "as under_way",
            "coalesce(sum(case when state = 'queued' then 0 else 1 end), 0)",
            "0"
        ),
        new(
            "a question is answered twice",
            "where run_id = @RunId and node_id = @NodeId and state = 'waiting'",
            "and state = 'waiting' and fence = @Fence",
            ""
        ),
        new(
            "a node is passed over twice",
            "owner = null, lease_until = null, decision = @Decision",
            "and state = 'ready' and fence = @Fence",
            "and @Fence >= 0"
        ),
        new("the cache mixes keys up", "from pipelines_cache", "and cache_key = @CacheKey", "and @CacheKey <> ''"),
        new(
            "outputs of another run are taken",
            "select node_id, port, type, digest, size from pipelines_output",
            "run_id = @runId",
            "@runId <> ''"
        ),
        new(
            "a resumed run takes what is another step's",
            "s.state = 'succeeded' and s.identity",
            "and s.identity = @IdentityDigest",
            "and @IdentityDigest <> ''"
        ),
        new("successors are released before the rest is committed", "set waiting_on = waiting_on - 1")
        {
            Splits = true,
        },
        new("a step leaves its state before the rest is committed", "set state = @state, failures = @failures")
        {
            Splits = true,
        },
        new("an item is counted before the rest is committed", "set items_done = items_done + 1") { Splits = true },
        new("bytes are stored after they are published", "") { LateBytes = true },
    ];
}
