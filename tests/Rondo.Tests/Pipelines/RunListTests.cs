using Rondo.Pipelines;
using Rondo.Pipelines.Runs;
using Rondo.Tests.Kernel;

namespace Rondo.Tests.Pipelines;

/// <summary>Runs, and the steps of a run, are found by what is asked of them.</summary>
public sealed class RunListTests : IAsyncLifetime
{
    private PipelineWorld _world = null!;
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _world = await PipelineWorld.StartAsync();
        _server = _world.Server();
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Runs_are_listed_by_their_state_newest_first()
    {
        await _world.DeployAsync(_server, Manifests.Pipeline("train", Manifests.Step("fit")));
        var ended = new Dictionary<string, List<string>> { ["succeeded"] = [], ["failed"] = [] };
        for (var run = 0; run < 4; run++)
        {
            _world.Executor.Decide = _ => run % 2 == 0 ? Script.Succeed : Script.Fail;
            var made = await _server.Runs.CreateAsync(PipelineWorld.Wish("train"));
            var state = (await _server.FinishAsync(made.Id)).State;
            ended[state].Insert(0, made.Id);
        }

        var begins = await _server.Runs.CreateAsync(PipelineWorld.Wish("train"));

        Assert.Equal(ended["succeeded"], await ListAsync("succeeded"));
        Assert.Equal(ended["failed"], await ListAsync("failed"));
        Assert.Equal([begins.Id], await ListAsync("created"));
        Assert.Empty(await ListAsync("running"));
        Assert.Empty(await ListAsync("nothing"));
        Assert.Equal(5, (await _server.Runs.ListAsync(new RunFilter())).Items.Count);
    }

    [Theory]
    [InlineData("failed")]
    [InlineData("running")]
    public async Task Runs_in_a_state_are_found_among_many_by_an_index_that_has_them_in_order(string state)
    {
        var plan = await _world.Kernel.Database.ReadAsync(async session =>
        {
            var explain = TestKernel.OnPostgres ? "explain " : "explain query plan ";
            if (TestKernel.OnPostgres)
            {
                // How many rows the planner expects changes with what the database gathered by itself. Without these
                // it sorts only where no index has the order.
                foreach (var other in (string[])["seqscan", "bitmapscan", "sort"])
                {
                    await session.QueryAsync<string>($"select set_config('enable_{other}', 'off', true)");
                }
            }

            var sql = explain + RunReader.ListSql(new RunFilter(State: state));
            var arguments = new { State = state, more = 10L };
            return TestKernel.OnPostgres
                ? await session.QueryAsync<string>(sql, arguments)
                : [.. (await session.QueryAsync<(long, long, long, string)>(sql, arguments)).Select(row => row.Item4)];
        });

        Assert.Contains(plan, line => line.Contains("pipelines_run_by_state", StringComparison.Ordinal));
        Assert.DoesNotContain(
            plan,
            line =>
                line.Contains("ORDER BY", StringComparison.Ordinal) || line.Contains("Sort", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task The_steps_of_a_group_are_not_those_of_one_that_is_called_alike()
    {
        await _world.DeployAsync(
            _server,
            Manifests.Pipeline(
                "train",
                Manifests.ForEach("a_b", [1]),
                Manifests.Step("a_b.fit").In("a_b"),
                Manifests.ForEach("axb", [1]),
                Manifests.Step("axb.fit").In("axb"),
                Manifests.Step("a_bc")
            )
        );
        var run = await _server.Runs.CreateAsync(PipelineWorld.Wish("train"));
        await _server.FinishAsync(run.Id);

        var found = await _server.Runs.GetAsync(run.Id, new StepFilter(Group: "a_b"));

        Assert.Equal(["a_b", "a_b.0.fit"], found.Steps.Select(step => step.NodeId).Order(StringComparer.Ordinal));
    }

    private async Task<IEnumerable<string>> ListAsync(string state) =>
        (await _server.Runs.ListAsync(new RunFilter(State: state))).Items.Select(run => run.Id);
}
