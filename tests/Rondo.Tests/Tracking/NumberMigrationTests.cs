using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Tests.Kernel;
using Rondo.Tracking;
using Rondo.Tracking.Metrics;
using Rondo.Tracking.Runs;

namespace Rondo.Tests.Tracking;

public sealed class NumberMigrationTests
{
    [Fact]
    public async Task Runs_that_were_there_before_numbers_keep_what_they_have_logged()
    {
        await using var kernel = await TestKernel.StartAsync();
        var scripts = TrackingModule.Schema.Scripts.TakeWhile(script => script.Name != "0010_run_number.sql");
        await Migrations.ApplyAsync(kernel.Database, [new ModuleSchema("tracking", [.. scripts])], kernel.Time);
        await kernel.Database.WriteAsync(async transaction =>
        {
            foreach (var (run, startedAt) in new[] { ("late", 3000L), ("early", 1000L), ("twin", 1000L) })
            {
                await OldRunAsync(transaction, run, startedAt);
            }
        });

        await Migrations.ApplyAsync(kernel.Database, [TrackingModule.Schema], kernel.Time);

        var runs = await kernel.Database.ReadAsync(async session =>
            await RunReader.ReadAsync(
                session,
                await session.QueryAsync<RunInfo>($"select {RunInfo.Columns} from tracking_run r order by r.number")
            )
        );
        Assert.Equal([(1L, "early"), (2L, "twin"), (3L, "late")], runs.Select(run => (run.Info.Number, run.Info.Id)));
        Assert.All(
            runs,
            run =>
            {
                Assert.Equal(7, run.Info.Experiment);
                Assert.Equal(9000, run.Info.EndedAt);
                Assert.Equal(run.Info.Id + " rate", Assert.Single(run.Params).Value);
                Assert.Equal(run.Info.Id + " owner", Assert.Single(run.Tags).Value);
                Assert.Equal(["loss", "odd"], run.Metrics.Select(point => point.Key));
                Assert.Equal((double)run.Info.StartedAt, run.Metrics[0].Value);
                Assert.True(double.IsNaN(run.Metrics[1].Value));
            }
        );
        var (points, _) = await new MetricHistory(kernel.Database).ReadAsync("twin", "loss", 10, null);
        Assert.Equal([500.0, 1000.0], points.Select(point => point.Value));
        var ranges = await kernel.Database.ReadAsync(async session =>
            await session.QueryAsync<(double?, double?)>(
                "select min_value, max_value from tracking_metric_latest where run_number = 3 order by key"
            )
        );
        Assert.Equal([(500.0, 3000.0), (null, null)], ranges);
    }

    [Fact]
    public async Task A_run_that_is_made_afterwards_has_a_number_of_its_own()
    {
        await using var kernel = await TestKernel.StartAsync();
        var scripts = TrackingModule.Schema.Scripts.TakeWhile(script => script.Name != "0010_run_number.sql");
        await Migrations.ApplyAsync(kernel.Database, [new ModuleSchema("tracking", [.. scripts])], kernel.Time);
        await kernel.Database.WriteAsync(transaction => OldRunAsync(transaction, "old", 1000).AsTask());
        await Migrations.ApplyAsync(kernel.Database, [TrackingModule.Schema], kernel.Time);

        var numbers = new List<long>();
        for (var i = 0; i < 2; i++)
        {
            numbers.Add(await kernel.Database.WriteAsync(t => RunKey.NextNumberAsync(t).AsTask()));
        }

        Assert.Equal([2L, 3L], numbers);
    }

    private static async ValueTask OldRunAsync(Transaction transaction, string run, long startedAt)
    {
        await transaction.ExecuteAsync(
            """
            insert into tracking_run
                (id, experiment, name, user_id, status, started_at, ended_at, lifecycle, artifact_uri)
            values (@run, 7, @run, 'ann', 'FINISHED', @startedAt, 9000, 'active', 'mlflow-artifacts:/7')
            """,
            new { run, startedAt }
        );
        await transaction.ExecuteAsync(
            "insert into tracking_param (run, key, value) values (@run, 'rate', @value)",
            new { run, value = run + " rate" }
        );
        await transaction.ExecuteAsync(
            "insert into tracking_tag (run, key, value) values (@run, 'owner', @value)",
            new { run, value = run + " owner" }
        );
        await transaction.ExecuteAsync(
            """
            insert into tracking_metric (run, key, logged_at, step, value, is_nan)
            values (@run, 'loss', 1, 1, 500, 0), (@run, 'loss', 2, 2, @startedAt, 0), (@run, 'odd', 1, 1, 0, 1)
            """,
            new { run, startedAt = (double)startedAt }
        );
        await transaction.ExecuteAsync(
            """
            insert into tracking_metric_latest
                (run, key, experiment, logged_at, step, value, is_nan, min_value, max_value)
            values (@run, 'loss', 7, 2, 2, @startedAt, 0, 500, @startedAt), (@run, 'odd', 7, 1, 1, 0, 1, null, null)
            """,
            new { run, startedAt = (double)startedAt }
        );
    }
}
