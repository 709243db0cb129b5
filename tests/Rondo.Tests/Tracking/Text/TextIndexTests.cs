using CsCheck;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Wire;
using Rondo.Tests.Pipelines;
using Rondo.Tracking;
using Rondo.Tracking.Experiments;
using Rondo.Tracking.Removing;
using Rondo.Tracking.Runs;
using Rondo.Tracking.Text;

namespace Rondo.Tests.Tracking.Text;

/// <summary>The words that are kept are those of the texts, whatever is done to these.</summary>
public sealed class TextIndexTests
{
    private static readonly string[] s_values = ["red green", "Green blue", "blue", "", "red-2", "rédacteur red"];
    private static readonly string[] s_keys =
    [
        "team",
        "mlflow.note.content",
        "mlflow.runName",
        "mlflow.user",
        "rondo.run",
    ];

    [Fact]
    public async Task After_any_changes_the_words_kept_are_those_of_the_texts()
    {
        await using var server = await TrackingHarness.StartAsync();
        var change = Gen.Select(Gen.Int[0, 8], Gen.Int[0, 4], Gen.Int[0, 4], Gen.Int[0, 5]);
        await change
            .List[1, 25]
            .SampleAsync(
                async changes =>
                {
                    var world = new World(server);
                    foreach (var (what, which, key, value) in changes)
                    {
                        await world.DoAsync(what, which, s_keys[key], s_values[value]);
                    }

                    await AssertInStepAsync(server.Kernel.Database);
                    return true;
                },
                iter: 25,
                threads: 1
            );
        Assert.True(await CountAsync(server.Kernel.Database, "tracking_word") > 20);
    }

    [Fact]
    public async Task Two_that_change_a_run_at_once_leave_the_words_of_what_stands_in_the_end()
    {
        await using var server = await TrackingHarness.StartAsync();
        var run = await server.NewRunAsync();
        for (var round = 0; round < 20; round++)
        {
            await Task.WhenAll(
                Enumerable
                    .Range(0, 6)
                    .Select(i =>
                        server.PostAsync(
                            "runs/set-tag",
                            new
                            {
                                run_id = run,
                                key = $"t{i % 2}",
                                value = s_values[(round + i) % s_values.Length],
                            }
                        )
                    )
            );
        }

        await AssertInStepAsync(server.Kernel.Database);
    }

    [Fact]
    public async Task What_an_earlier_version_has_written_is_looked_through_by_several_servers_at_once()
    {
        await using var server = await TrackingHarness.StartAsync();
        foreach (var i in Enumerable.Range(0, 250))
        {
            await server.NewRunAsync($"early {i}");
        }

        var database = server.Kernel.Database;
        await database.WriteAsync(async transaction =>
        {
            await transaction.ExecuteAsync("delete from tracking_word");
            await transaction.ExecuteAsync(
                "insert into tracking_word_backlog (experiment, run) select experiment, id from tracking_run"
            );
            await transaction.ExecuteAsync(
                "insert into tracking_word_backlog (experiment, run) select id, '' from tracking_experiment"
            );
        });
        var before = await server.GetAsync("/api/v1/tracking/find?text=early");
        Assert.Equal(0, before.GetProperty("total").GetInt32());
        Assert.Equal(251, before.GetProperty("notYetRead").GetInt64());
        await server.PostAsync(
            "runs/set-tag",
            new
            {
                run_id = await server.NewRunAsync("late"),
                key = "k",
                value = "v",
            }
        );

        await Task.WhenAll(
            Enumerable
                .Range(0, 3)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        using var backlog = new TextBacklog(database, server.Kernel.Time);
                        while (await backlog.WorkAsync(CancellationToken.None)) { }
                    })
                )
        );

        await AssertInStepAsync(database);
        var after = await server.GetAsync("/api/v1/tracking/find?text=early");
        Assert.Equal(250, after.GetProperty("total").GetInt32());
        Assert.Equal(0, after.GetProperty("notYetRead").GetInt64());
    }

    [Fact]
    public async Task Of_two_that_move_a_run_at_once_one_does_and_its_words_stand_in_one_place()
    {
        await using var server = await TrackingHarness.StartAsync();
        var database = server.Kernel.Database;
        var experiments = new List<long>();
        foreach (var i in Enumerable.Range(0, 4))
        {
            experiments.Add(await server.Get<ExperimentStore>().CreateAsync(new($"e{i}", null, []), Actor.Local));
        }

        for (var round = 0; round < 10; round++)
        {
            var run = await server.NewRunAsync("zebra");
            await Task.WhenAll(experiments.Select(to => Task.Run(() => MoveAsync(run, to))));
        }

        await AssertInStepAsync(database);
        Assert.Equal(10, (await server.GetAsync("/api/v1/tracking/find?text=zebra")).GetProperty("total").GetInt32());

        async Task MoveAsync(string run, long to)
        {
            try
            {
                await server.Get<RunMove>().MoveAsync(run, to, Actor.Local);
            }
            catch (RondoException e) when (e.Code == ErrorCode.Conflict)
            {
                // Another one was faster.
            }
        }
    }

    [Fact]
    public async Task Of_a_run_with_more_words_than_are_kept_none_is_left_behind()
    {
        await using var server = await TrackingHarness.StartAsync();
        var run = await server.NewRunAsync();
        foreach (var (key, first) in new[] { ("a", 0), ("b", 2000), ("a", 4000), ("b", 6000), ("a", 0) })
        {
            var value = string.Join(' ', Enumerable.Range(first, 1200));
            await server.PostAsync(
                "runs/set-tag",
                new
                {
                    run_id = run,
                    key,
                    value,
                }
            );
            await AssertInStepAsync(server.Kernel.Database);
        }
    }

    [Fact]
    public async Task The_words_of_before_are_written_down_also_when_the_database_was_away_meanwhile()
    {
        await using var server = await TrackingHarness.StartAsync();
        var shared = server.Kernel.Database;
        await server.NewRunAsync("early");
        await shared.WriteAsync(async transaction =>
        {
            await transaction.ExecuteAsync("delete from tracking_word");
            await transaction.ExecuteAsync(
                "insert into tracking_word_backlog (experiment, run) select experiment, id from tracking_run"
            );
            await transaction.ExecuteAsync(
                "insert into tracking_word_backlog (experiment, run) select id, '' from tracking_experiment"
            );
        });
        var away = new InterleavedDatabase(shared)
        {
            Before = number =>
                number <= 2 ? throw new RondoException(ErrorCode.Unavailable, "away") : Task.CompletedTask,
        };
        using var backlog = new TextBacklog(away, server.Kernel.Time);

        await backlog.StartAsync(CancellationToken.None);
        while (!backlog.ExecuteTask!.IsCompleted)
        {
            server.Kernel.Time.Advance(TimeSpan.FromSeconds(10));
            await Task.Yield();
        }

        await backlog.ExecuteTask;
        await AssertInStepAsync(shared);
    }

    private static async Task<long> CountAsync(Database database, string table) =>
        await database.ReadAsync(async session => await session.ScalarAsync<long>($"select count(*) from {table}"));

    private static async Task AssertInStepAsync(Database database)
    {
        var (kept, wanted) = await database.ReadAsync(async session =>
        {
            var items = await session.QueryAsync<(long, string, long)>(
                """
                select experiment, id, number from tracking_run
                union all select id, '', 0 from tracking_experiment where lifecycle <> 'removed'
                """
            );
            var words = new List<(string, long, string)>();
            foreach (var (experiment, run, number) in items)
            {
                var own = await TextIndex.WordsOfAsync(session, new RunKey(number, run, experiment));
                words.AddRange(own.Select(word => (word, experiment, run)));
            }

            return (
                await session.QueryAsync<(string, long, string)>("select word, experiment, run from tracking_word"),
                words
            );
        });
        Assert.Equal(wanted.Order(), kept.Order());
    }

    /// <summary>A few runs in two experiments, and what can be done to them.</summary>
    private sealed class World(TrackingHarness server)
    {
        private readonly List<string> _runs = [];
        private readonly List<long> _experiments = [];
        private int _names;

        public async Task DoAsync(int what, int which, string key, string value)
        {
            if (_experiments.Count < 2 || what == 0)
            {
                var name = $"{value} {server.Kernel.Ids.NewUuid()} {_names++}";
                _experiments.Add(
                    await server.Get<ExperimentStore>().CreateAsync(new(name, null, [new("owner", value)]), Actor.Local)
                );
                return;
            }

            var experiment = _experiments[which % _experiments.Count];
            if (_runs.Count == 0 || what == 1)
            {
                var made = await server
                    .Get<RunStore>()
                    .CreateAsync(new(experiment, "ann", 1, null, Tags(key, value)), Actor.Local);
                _runs.Add(made.Id);
                return;
            }

            try
            {
                await ChangeAsync(what, (experiment, _runs[which % _runs.Count]), key, value);
            }
            catch (Exception e) when (e is Refusal or RondoException)
            {
                // What is not possible changes nothing.
            }
        }

        private async Task ChangeAsync(int what, (long Experiment, string Run) on, string key, string value)
        {
            switch (what)
            {
                case 2:
                    await server.Get<RunLog>().WriteAsync(on.Run, new RunBatch([], [], Tags(key, value)));
                    break;
                case 3:
                    await server.Get<RunLog>().DeleteTagAsync(on.Run, key);
                    break;
                case 4:
                    await server.Get<RunStore>().UpdateAsync(on.Run, null, null, value, Actor.Local);
                    break;
                case 5:
                    await server.Get<RunMove>().MoveAsync(on.Run, on.Experiment, Actor.Local);
                    break;
                case 6:
                    await server
                        .Get<ExperimentStore>()
                        .RenameAsync(on.Experiment, $"{value} {server.Kernel.Ids.NewUuid()}", Actor.Local);
                    await server.Get<ExperimentStore>().SetTagAsync(on.Experiment, new(key, value));
                    break;
                case 7:
                    await server.Get<ExperimentStore>().DeleteTagAsync(on.Experiment, key);
                    break;
                default:
                    await server.Get<RunStore>().DeleteAsync(on.Run, Actor.Local);
                    await server.Get<ExperimentStore>().DeleteAsync(on.Experiment, Actor.Local);
                    await server
                        .Get<DeletedRemoval>()
                        .RemoveAsync(
                            server.Kernel.Time.GetUtcNow().AddDays(1),
                            false,
                            Actor.Local,
                            CancellationToken.None
                        );
                    _runs.Remove(on.Run);
                    _experiments.Remove(on.Experiment);
                    break;
            }
        }

        private static IReadOnlyList<KeyValue> Tags(string key, string value) =>
            key == "mlflow.runName" && value.Length == 0 ? [] : [new KeyValue(key, value)];
    }
}
