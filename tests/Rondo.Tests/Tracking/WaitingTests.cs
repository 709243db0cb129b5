using Rondo.Kernel;
using Rondo.Tracking.Runs;

namespace Rondo.Tests.Tracking;

/// <summary>
/// Requests that change one thing at once wait for each other, and never both ways: a database that has to end one of them, so that it is done again,
/// shows by statements that nobody alone would have sent.
/// </summary>
public sealed class WaitingTests : IAsyncLifetime
{
    private const int AtOnce = 8;
    private const int Rounds = 5;

    // What the server asks meanwhile by itself; those who wait both ways send several times as much.
    private const int OfItself = 4;

    private TrackingHarness _server = null!;

    public async ValueTask InitializeAsync() => _server = await TrackingHarness.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public Task Tags_of_one_experiment_that_are_set_at_once_are_set_once_each() =>
        RequireNoneTwiceAsync(i =>
            _server.PostAsync(
                "experiments/set-experiment-tag",
                new
                {
                    experiment_id = "0",
                    key = $"key-{i}",
                    value = "x",
                }
            )
        );

    [Fact]
    public async Task Names_and_tags_of_one_run_that_are_set_at_once_are_set_once_each()
    {
        var run = await _server.NewRunAsync();
        await RequireNoneTwiceAsync(i =>
            _server.PostAsync(
                "runs/set-tag",
                new
                {
                    run_id = run,
                    key = "mlflow.runName",
                    value = $"name-{i}",
                }
            )
        );
    }

    [Fact]
    public async Task Ends_of_one_run_that_are_told_at_once_are_written_once_each()
    {
        var run = await _server.NewRunAsync();
        await RequireNoneTwiceAsync(i =>
            _server.PostAsync(
                "runs/update",
                new
                {
                    run_id = run,
                    status = "RUNNING",
                    end_time = 1000 + i,
                }
            )
        );
    }

    [Fact]
    public async Task Runs_that_move_and_end_at_once_move_and_end_once_each()
    {
        var (parent, children) = (await _server.NewRunAsync(), new List<string>());
        for (var i = 0; i < AtOnce; i++)
        {
            children.Add(await _server.NewRunAsync());
            await _server.PostAsync(
                "runs/set-tag",
                new
                {
                    run_id = children[i],
                    key = "mlflow.parentRunId",
                    value = parent,
                }
            );
        }

        await _server.PostAsync("experiments/create", new { name = "other" });
        // There and back again.
        var alone = await AloneAsync(i => MoveAsync(parent, (i + 1) % 2));
        alone += AtOnce * await AloneAsync(i => EndAsync(children[0], i));

        for (var round = 1; round <= Rounds; round++)
        {
            var before = _server.Kernel.Database.Statements;
            await Task.WhenAll(
                children
                    .Select((child, i) => EndAsync(child, (round * AtOnce) + i))
                    .Append(MoveAsync(parent, round % 2))
            );
            Assert.InRange(_server.Kernel.Database.Statements - before, alone, alone + OfItself);
        }

        Task EndAsync(string run, int at) =>
            _server.PostAsync(
                "runs/update",
                new
                {
                    run_id = run,
                    status = "RUNNING",
                    end_time = 1000 + at,
                }
            );

        Task MoveAsync(string run, long experiment) => _server.Get<RunMove>().MoveAsync(run, experiment, Actor.Local);
    }

    [Fact]
    public async Task Versions_aliases_and_tags_of_one_model_that_come_at_once_come_once_each()
    {
        await _server.PostAsync("registered-models/create", new { name = "m" });
        await _server.PostAsync("model-versions/create", new { name = "m", source = "s3://models/m" });
        await RequireNoneTwiceAsync(
            i => _server.PostAsync("model-versions/create", new { name = "m", source = "s3://models/m" }),
            i =>
                _server.PostAsync(
                    "registered-models/alias",
                    new
                    {
                        name = "m",
                        alias = $"alias-{i}",
                        version = "1",
                    }
                ),
            i =>
                _server.PostAsync(
                    "model-versions/set-tag",
                    new
                    {
                        name = "m",
                        version = "1",
                        key = $"key-{i}",
                        value = "x",
                    }
                ),
            i =>
                _server.PostAsync(
                    "registered-models/set-tag",
                    new
                    {
                        name = "m",
                        key = $"key-{i}",
                        value = "x",
                    }
                )
        );
    }

    private async Task RequireNoneTwiceAsync(params Func<int, Task>[] requests)
    {
        await AllAsync(0, requests.Length);
        var alone = 0L;
        foreach (var request in requests)
        {
            alone += await AloneAsync(request) * (AtOnce / requests.Length);
        }

        for (var round = 1; round <= Rounds; round++)
        {
            var before = _server.Kernel.Database.Statements;
            await AllAsync((round + 1) * AtOnce, AtOnce);
            Assert.InRange(_server.Kernel.Database.Statements - before, alone, alone + OfItself);
        }

        Task AllAsync(int first, int count) =>
            Task.WhenAll(Enumerable.Range(first, count).Select(i => requests[i % requests.Length](i)));
    }

    // The statements of one request: the fewest of some times, so that none of what the server asks by itself is among them.
    private async Task<long> AloneAsync(Func<int, Task> request)
    {
        var fewest = long.MaxValue;
        for (var i = 0; i < AtOnce; i++)
        {
            var before = _server.Kernel.Database.Statements;
            await request(((Rounds + 2) * AtOnce) + i);
            fewest = Math.Min(fewest, _server.Kernel.Database.Statements - before);
        }

        return fewest;
    }
}
