using System.Globalization;
using Rondo.Sdk;
using Rondo.Testing;

namespace Rondo.Tests.Sdk;

/// <summary>Runs side by side, long loops, and what people see.</summary>
public sealed class LocalPlaceTests
{
    [Fact]
    public async Task Runs_in_one_folder_at_once_do_not_disturb_each_other()
    {
        using var folder = new TestFolder();
        var runs = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(number =>
                    Task.Run(() =>
                        new LocalRunner(
                            Ship.With(g =>
                                g.Sum(g.ForEach("each", [1, 2, 3, 4], item => g.Add(g.Start(item), number % 2)))
                            ),
                            LocalOptions.Parse(["--folder", folder.Of("local")]),
                            TimeProvider.System,
                            TextWriter.Null
                        ).RunAsync()
                    )
                )
        );

        Assert.Equal(8, runs.Select(run => run.Id).Distinct().Count());
        Assert.All(runs, run => Assert.Equal(LocalState.Succeeded, run.State));
        Assert.Equal(
            2,
            runs.Select(run => run.Nodes.Single(node => node.Id == "sum").Outputs["value"].Artifact.Digest)
                .Distinct()
                .Count()
        );
        Assert.Empty(
            Directory
                .EnumerateDirectories(folder.Of("local"), "staging", SearchOption.AllDirectories)
                .Where(path => !path.Contains("store"))
        );
    }

    [Fact]
    public async Task The_staged_files_of_a_killed_run_are_removed_by_the_next_and_those_of_a_live_one_are_not()
    {
        var app = Ship.With(g => g.Start(1));
        await using var run = await TestRun.Of(app, "sail").CrashAt(CrashPoint.AfterStaging).RunAsync();
        var dead = Path.Combine(run.Folder, "runs", "local-0001", "staging");
        Assert.True(Directory.Exists(dead));

        using var alive = new LocalRuns(run.Folder).Begin();
        Directory.CreateDirectory(alive.Staging);
        await using var next = await run.AgainAsync();

        Assert.Equal("local-0003", next.Succeeded().Run.Id);
        Assert.False(Directory.Exists(dead));
        Assert.True(Directory.Exists(alive.Staging));
    }

    [Fact]
    public async Task A_journal_that_was_cut_off_counts_up_to_its_last_whole_line()
    {
        var app = Ship.With(g => g.Add(g.Start(1), 1));
        await using var run = await TestRun.Of(app, "sail").CrashAt(CrashPoint.BeforeStep, "add").RunAsync();
        await File.AppendAllTextAsync(
            Path.Combine(run.Folder, "runs", "local-0001", "journal.jsonl"),
            """{"id":"add","step":"x","state":"succ""",
            TestContext.Current.CancellationToken
        );

        await using var resumed = await run.ResumeAsync();

        Assert.Equal(2, resumed.Succeeded().Value<int>("add"));
        Assert.Equal(1, resumed.Calls("start"));
    }

    [Fact]
    [Trait("Requirement", "R93")]
    public async Task Bytes_that_were_changed_fail_the_step_that_reads_them_and_are_made_again_by_the_next_run()
    {
        var app = Ship.With(g => g.Add(g.Start(1), g.Parameter("plus", 1)));
        await using var first = await TestRun.OfAsync(app, "sail");
        var digest = first.Node("start").Outputs["value"].Artifact.Digest;
        var file = new ContentStore(Path.Combine(first.Folder, "store")).PathOf(digest);
        await File.WriteAllTextAsync(file, "7", TestContext.Current.CancellationToken);

        await using var failed = await first.AgainAsync(change: s => s.Parameter("plus", 2));
        await using var next = await failed.AgainAsync();

        Assert.Contains(digest, failed.Ended(LocalState.Failed).Run.Reason);
        Assert.Equal(3, next.Succeeded().Value<int>("add"));
        Assert.Equal(LocalDecisions.BytesGone, next.Node("start").Decision);
    }

    [Fact]
    public async Task Names_that_are_not_declared_are_refused()
    {
        var app = Ship.With(g => g.ForEach("each", [1, 2], item => g.Add(g.Approval<int>("ask", "How many?"), item)));

        async Task<string> Refused(TestScenario scenario) =>
            (await Assert.ThrowsAsync<RondoException>(() => scenario.RunAsync())).Message;

        Assert.Contains("each.ask", await Refused(TestRun.Of(app, "sail").Answer("ask", 1)));
        Assert.Contains("'days'", await Refused(TestRun.Of(app, "sail").Data("days", "x.csv")));
        await using var run = await TestRun.Of(app, "sail").Answer("each.ask", 1).Answer("each.1.ask", 5).RunAsync();
        Assert.Equal([2, 7], run.Succeeded().Items("each.add").Select(node => run.Value<int>(node.Id)));
    }

    [Fact]
    public async Task A_loop_over_ten_thousand_items_has_a_report_that_can_be_read()
    {
        const int items = 10_000;
        var app = Ship.With(g =>
            g.Sum(g.ForEach("each", g.Cabins(items), cabin => g.Start(cabin.Get(c => c.Beds)), parallel: 16))
        );

        await using var run = await TestRun.Of(app, "sail").AtOnce(4).RunAsync();

        Assert.Equal((0 + 1 + 2 + 3) * items / 4, run.Succeeded().Value<int>("sum"));
        Assert.Equal(4, run.Calls("each.start"));
        var report = LocalReport.Of(run.Run);
        Assert.Contains("each.start × 10000", report);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{items - 4} reused, 4 done"), report);
        Assert.InRange(report.Split('\n').Length, 5, 30);
        var explained = LocalExplainCommand.Text(run.Run, LocalExplainer.Explain(run.Run, [], null));
        Assert.Contains($"each.start × {items - 4}", explained);
        Assert.InRange(explained.Split('\n').Length, 5, 10);
    }

    [Fact]
    public void A_secret_is_not_in_what_is_written_however_it_is_written()
    {
        using var target = new StringWriter();
        using var writer = new RedactingWriter(target, SecretRedactor.Of(["secret", "secret-2", "both\nlines\n{"])!);

        writer.Write("a sec");
        writer.WriteLine("ret, and secret-2");
        writer.Write('s');
        writer.Write("ecret\nboth\nli");
        writer.WriteLine("nes {");
        writer.Flush();

        Assert.Equal("a ***, and ***\n***\n***\n*** {\n", target.ToString());
    }

    [Fact]
    public void A_last_line_on_a_terminal_gives_way_to_text_and_comes_back()
    {
        using var target = new StringWriter();
        using var terminal = new TerminalWriter(target, () => 20);

        terminal.Status("1 ended, running: something long");
        terminal.WriteLine("hello");
        terminal.Status(null);

        Assert.Equal("1 ended, running: s\r\u001b[Khello\n1 ended, running: s\r\u001b[K", target.ToString());
    }

    [Theory]
    [InlineData("--at-once", "0")]
    [InlineData("--secret", "nothing")]
    [InlineData("--answer", "=x")]
    [InlineData("--output", "xml")]
    [InlineData("--dance", "")]
    public void Options_that_cannot_be_are_refused(string option, string value) =>
        Assert.Throws<RondoException>(() => LocalOptions.Parse([option, value]));

    [Fact]
    public async Task Parameters_are_checked_before_anything_runs()
    {
        var app = Ship.With(g =>
        {
            g.Start(g.Parameter("count", 3, min: 1, max: 5));
            g.Name(g.Required<string>("region", choices: ["north", "south"]));
        });

        async Task<string> Refused(string name, object value) =>
            (
                await Assert.ThrowsAsync<RondoException>(() =>
                    TestRun.Of(app, "sail").Parameter("region", "north").Parameter(name, value).RunAsync()
                )
            ).Message;

        Assert.Contains("from 1 to 5", await Refused("count", 6));
        Assert.Contains("integer", await Refused("count", "many"));
        Assert.Contains("north, south", await Refused("region", "east"));
        Assert.Contains(
            "--set region=VALUE",
            (await Assert.ThrowsAsync<RondoException>(() => TestRun.OfAsync(app, "sail"))).Message
        );
    }
}
