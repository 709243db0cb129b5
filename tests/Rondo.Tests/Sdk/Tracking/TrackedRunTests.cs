using System.Text;
using Microsoft.ML.Trainers.LightGbm;
using Rondo.Sdk;

namespace Rondo.Tests.Sdk.Tracking;

public sealed class TrackedRunTests
{
    private sealed record Scores(double Rmse, float Share, int Rows, string Name);

    [Fact]
    public async Task Everything_that_is_told_is_on_the_server_and_nothing_stays_in_the_spool()
    {
        await using var place = await TrackedPlace.StartAsync();
        var file = place.Write("model.txt", "weights");
        string id;
        await using (var run = place.Run("boosted"))
        {
            id = run.Id;
            run.Param("learningRate", 0.1);
            run.Params(
                new Dictionary<string, object?>
                {
                    ["trees"] = 100,
                    ["depth"] = null,
                    ["early"] = true,
                }
            );
            run.Metric("loss", 0.5, step: 1);
            run.Metrics(new Scores(2.5, 0.5f, 10, "x"), step: 2);
            run.Metrics(new Dictionary<string, double> { ["mae"] = 1.5 });
            run.Tag("phase", "train");
            run.Tag("phase", "test");
            run.Dataset("trips", "abc123", "data/trips.csv");
            run.Artifact(file, "models/");
            File.Delete(file);
        }

        var data = await place.RunAsync(id);
        Assert.Equal("FINISHED", await place.StatusAsync(id));
        Assert.Equal("boosted", data.GetProperty("info").GetProperty("run_name").GetString());
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["learningRate"] = "0.1",
                ["trees"] = "100",
                ["early"] = "true",
            },
            await place.ParamsAsync(id)
        );
        Assert.Equal([(1, "0.5")], await place.PointsAsync(id, "loss"));
        Assert.Equal([(2, "2.5")], await place.PointsAsync(id, "Rmse"));
        Assert.Equal([(2, "10")], await place.PointsAsync(id, "Rows"));
        Assert.Equal([(0, "1.5")], await place.PointsAsync(id, "mae"));
        var tags = await place.TagsAsync(id);
        Assert.Equal("test", tags["phase"]);
        Assert.Equal(Environment.UserName, tags["mlflow.user"]);
        var dataset = data.GetProperty("inputs").GetProperty("dataset_inputs")[0].GetProperty("dataset");
        Assert.Equal("{\"uri\":\"data/trips.csv\"}", dataset.GetProperty("source").GetString());
        var root = data.GetProperty("info").GetProperty("artifact_uri").GetString()!["mlflow-artifacts:/".Length..];
        Assert.Equal(
            "weights",
            await place.Server.Client.GetStringAsync($"/api/2.0/mlflow-artifacts/artifacts/{root}/models/model.txt")
        );
        Assert.Empty(place.Kept());
        Assert.Empty(place.Warnings);
    }

    [Fact]
    public async Task A_child_has_its_parent_and_a_failure_is_told()
    {
        await using var place = await TrackedPlace.StartAsync();
        string parent;
        string child;
        await using (var run = place.Run())
        {
            parent = run.Id;
            await using var trial = run.Child("trial 3");
            child = trial.Id;
            trial.Fail(new InvalidOperationException("diverged"));
            trial.Fail(new InvalidOperationException("later"));
        }

        Assert.Equal("FAILED", await place.StatusAsync(child));
        var tags = await place.TagsAsync(child);
        Assert.Equal(parent, tags["mlflow.parentRunId"]);
        Assert.Equal("System.InvalidOperationException: diverged", tags["rondo.error"]);
        Assert.Equal("FINISHED", await place.StatusAsync(parent));
    }

    [Fact]
    public async Task A_folder_of_artifacts_keeps_its_shape()
    {
        await using var place = await TrackedPlace.StartAsync();
        Directory.CreateDirectory(place.Of("model/deep"));
        place.Write("model/a b.txt", "1");
        place.Write("model/deep/ü.txt", "2");
        await using var run = place.Run();
        run.Artifact(place.Of("model"), "best");
        Assert.True(await run.FlushAsync());

        var info = (await place.RunAsync(run.Id)).GetProperty("info");
        var root =
            "/api/2.0/mlflow-artifacts/artifacts/"
            + info.GetProperty("artifact_uri").GetString()!["mlflow-artifacts:/".Length..];
        Assert.Equal("1", await place.Server.Client.GetStringAsync(root + "/best/model/a%20b.txt"));
        Assert.Equal("2", await place.Server.Client.GetStringAsync(root + "/best/model/deep/%C3%BC.txt"));
    }

    [Fact]
    public async Task Numbers_that_json_lacks_and_broken_letters_arrive()
    {
        await using var place = await TrackedPlace.StartAsync();
        await using var run = place.Run();
        run.Metric("x", double.NaN, 1);
        run.Metric("x", double.PositiveInfinity, 2);
        run.Metric("x", double.NegativeInfinity, 3);
        run.Metric("x", -0.0, -4);
        run.Tag("half", "a\ud800b");
        run.Tag("lines", "a\nb\u2028ü😀");
        Assert.True(await run.FlushAsync());

        Assert.Equal(
            [(-4, "0"), (1, "NaN"), (2, "1.7976931348623157E+308"), (3, "-1.7976931348623157E+308")],
            await place.PointsAsync(run.Id, "x")
        );
        var tags = await place.TagsAsync(run.Id);
        Assert.Equal("a\ufffdb", tags["half"]);
        Assert.Equal("a\nb\u2028ü😀", tags["lines"]);
    }

    [Fact]
    public async Task Whoever_blocks_for_it_on_the_one_thread_of_a_window_does_not_wait_for_ever()
    {
        await using var place = await TrackedPlace.StartAsync();
        var done = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var window = new Thread(() =>
        {
            SynchronizationContext.SetSynchronizationContext(new Window());
            using var run = place.Run();
            run.Metric("loss", 1);
            var sent = run.FlushAsync();
            done.TrySetResult(sent.Wait(TimeSpan.FromSeconds(60)) && sent.Result);
        })
        {
            IsBackground = true,
        };
        window.Start();

        Assert.True(await done.Task.WaitAsync(TimeSpan.FromSeconds(90), TestContext.Current.CancellationToken));
    }

    // Runs nothing while its thread is blocked.
    private sealed class Window : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) { }
    }

    [Fact]
    public async Task The_options_of_a_trainer_become_params()
    {
        await using var place = await TrackedPlace.StartAsync();
        await using var run = place.Run();
        run.Params(new LightGbmRegressionTrainer.Options { NumberOfLeaves = 31, LearningRate = 0.2 }, "trainer.");
        Assert.True(await run.FlushAsync());

        var logged = await place.ParamsAsync(run.Id);
        Assert.Equal("31", logged["trainer.NumberOfLeaves"]);
        Assert.Equal("0.2", logged["trainer.LearningRate"]);
        Assert.Equal("Label", logged["trainer.LabelColumnName"]);
        Assert.DoesNotContain("trainer.MinimumExampleCountPerLeaf", logged.Keys);
    }

    [Fact]
    public void What_options_hold_are_params_below_the_name_of_their_member()
    {
        var options = new LightGbmRegressionTrainer.Options
        {
            Booster = new GradientBooster.Options { L2Regularization = 5, FeatureFraction = 0.3 },
        };
        var sdca = new Microsoft.ML.Trainers.SdcaRegressionTrainer.Options
        {
            LossFunction = new Microsoft.ML.Trainers.SquaredLoss(),
        };

        var logged = TrackedMembers.Params(options, "").ToDictionary();
        Assert.Equal("GradientBooster", logged["Booster"]);
        Assert.Equal("5", logged["Booster.L2Regularization"]);
        Assert.Equal("0.3", logged["Booster.FeatureFraction"]);
        Assert.Equal("SquaredLoss", TrackedMembers.Params(sdca, "").ToDictionary()["LossFunction"]);
        Assert.Equal(
            [
                ("Layers", "[64, 32]"),
                ("Rate", "0.1"),
                ("Optimizer.Name", "adam"),
                ("Optimizer.Beta", "0.9"),
                ("Many", "[" + string.Join(", ", Enumerable.Repeat("0", 1000)) + "]"),
            ],
            TrackedMembers.Params(
                new
                {
                    Layers = new[] { 64, 32 },
                    Rate = 0.1,
                    Optimizer = new Optimizer("adam", 0.9),
                    Lazy = Enumerable.Range(0, 3).Select(_ => 1 / Zero),
                    Many = new int[5000],
                },
                ""
            )
        );
        Assert.Equal(
            [("layers", "[64, 32]"), ("deep.a.b", "1")],
            TrackedMembers.Params(
                new Dictionary<string, object>
                {
                    ["layers"] = new List<int> { 64, 32 },
                    ["deep"] = new { a = new { b = 1 } },
                },
                ""
            )
        );
    }

    [Fact]
    public async Task A_file_of_a_folder_that_cannot_be_an_artifact_costs_itself_and_a_circle_of_links_is_walked_once()
    {
        await using var place = await TrackedPlace.StartAsync();
        await using var run = place.Run();
        var folder = Directory.CreateDirectory(place.Of("made")).FullName;
        foreach (var name in new[] { "good.txt", "acc 95%.txt", "b.txt" })
        {
            await File.WriteAllTextAsync(Path.Combine(folder, name), "x", TestContext.Current.CancellationToken);
        }

        Directory.CreateSymbolicLink(Path.Combine(folder, "again"), folder);
        Directory.CreateSymbolicLink(Path.Combine(folder, "above"), Path.GetDirectoryName(folder)!);
        var other = Directory.CreateDirectory(place.Of("other")).FullName;
        await File.WriteAllTextAsync(Path.Combine(other, "c.txt"), "x", TestContext.Current.CancellationToken);
        Directory.CreateSymbolicLink(Path.Combine(other, "self"), other);
        Directory.CreateSymbolicLink(Path.Combine(folder, "linked"), other);

        run.Artifact(folder);

        Assert.True(await run.FlushAsync());
        Assert.Equal(1, run.Dropped);
        Assert.Contains("acc 95%.txt is dropped", Assert.Single(place.Warnings));
        var listed = await place.Server.GetAsync($"artifacts/list?run_id={run.Id}&path=made");
        Assert.Equal(
            ["made/b.txt", "made/good.txt", "made/linked"],
            listed.GetProperty("files").EnumerateArray().Select(file => file.GetProperty("path").GetString())
        );
        Assert.Throws<RondoException>(() => run.Artifact(place.Write("5%.txt", "x")));
    }

    private static int Zero => 0;

    private sealed record Optimizer(string Name, double Beta);

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task Many_threads_tell_at_once_and_nothing_is_lost(int runs)
    {
        const int Writers = 32;
        const int Points = 200;
        await using var place = await TrackedPlace.StartAsync();
        var all = Enumerable.Range(0, runs).Select(number => place.Run("r" + number)).ToList();
        await Task.WhenAll(
            Enumerable
                .Range(0, Writers)
                .Select(writer =>
                    Task.Run(() =>
                    {
                        for (var step = 0; step < Points; step++)
                        {
                            all[writer % runs].Metric("m" + writer, step, step);
                        }

                        all[writer % runs].Param("p" + writer, writer);
                    })
                )
        );
        foreach (var run in all)
        {
            await run.DisposeAsync();
        }

        for (var writer = 0; writer < Writers; writer++)
        {
            var id = all[writer % runs].Id;
            Assert.Equal(
                Enumerable.Range(0, Points).Select(step => ((long)step, $"{step}")),
                await place.PointsAsync(id, "m" + writer)
            );
            Assert.Equal($"{writer}", (await place.ParamsAsync(id))["p" + writer]);
        }

        Assert.Equal(runs, await place.RunsAsync());
        Assert.Empty(place.Kept());
    }

    [Fact]
    public async Task What_does_not_fit_into_memory_is_written_by_the_caller()
    {
        await using var place = await TrackedPlace.StartAsync();
        place.Line.IsCut = true;
        const int Points = 200_000;
        var run = place.Run();
        Parallel.For(0, Points, step => run.Metric("loss", step, step));
        await run.DisposeAsync();

        var lines = await File.ReadAllLinesAsync(Path.Combine(place.Spool, run.Id + ".jsonl"), Encoding.UTF8);
        Assert.Equal(Points + 2, lines.Length);
        Assert.Equal(0, run.Dropped);
    }

    [Fact]
    public async Task A_run_that_has_ended_takes_nothing()
    {
        await using var place = await TrackedPlace.StartAsync();
        var run = place.Run();
        await run.DisposeAsync();
        await run.DisposeAsync();
        run.Dispose();

        Assert.Throws<ObjectDisposedException>(() => run.Metric("loss", 1));
        Assert.Throws<ObjectDisposedException>(() => run.Tag("a", "b"));
        Assert.Throws<ObjectDisposedException>(() => run.Child());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => run.FlushAsync());
    }
}
