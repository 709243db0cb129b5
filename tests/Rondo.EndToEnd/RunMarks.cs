using System.Globalization;
using System.Text.Json;

namespace Rondo.EndToEnd;

/// <summary>What the steps of <c>mortal</c> wrote down: which attempt of which node of which run has begun to run the user's code.</summary>
internal sealed class RunMarks(string folder)
{
    public static string[] Nodes { get; } = ["left", "more", "most", "right", "sum"];

    public string Folder => folder;

    public string[] Lines =>
        File.Exists(Path.Combine(folder, "ran.txt")) ? File.ReadAllLines(Path.Combine(folder, "ran.txt")) : [];

    /// <summary>The attempts that ran code of a node of a run, in the order in which they began.</summary>
    public IReadOnlyList<int> AttemptsOf(string run, string node) =>
        [
            .. Lines
                .Where(line => line.StartsWith($"{run}~{node}~", StringComparison.Ordinal))
                .Select(line => int.Parse(line[(line.LastIndexOf('~') + 1)..], CultureInfo.InvariantCulture)),
        ];

    /// <summary>
    /// Holds of every run, whatever happened to its processes: each step was published once, by its last attempt, no attempt ran code
    /// twice, and none ran any after the one that was published.
    /// </summary>
    public async Task CheckAsync(RunningServer server, string run)
    {
        var ended = await server.FinishedAsync(run);
        Assert.True(ended.GetProperty("state").GetString() == "succeeded", ended.GetRawText());
        Assert.Equal(Nodes, await EndsAsync(server, run));
        foreach (var step in ended.GetProperty("steps").EnumerateArray())
        {
            var ran = AttemptsOf(run, step.GetProperty("nodeId").GetString()!);
            var attempts = step.GetProperty("attempts").EnumerateArray().ToList();
            var states = attempts.Select(attempt => attempt.GetProperty("state").GetString()).ToList();
            Assert.All(states.SkipLast(1), state => Assert.Contains(state, (string[])["lost", "failed"]));
            Assert.Equal(ran.Distinct(), ran);
            Assert.All(ran, attempt => Assert.InRange(attempt, 1, attempts.Count));
            if (!step.GetProperty("reused").GetBoolean())
            {
                Assert.Equal("succeeded", states[^1]);
                Assert.Contains(attempts.Count, ran);
            }
        }
    }

    // The nodes that the log says were published or taken over, each as often as it says so.
    private static async Task<IReadOnlyList<string?>> EndsAsync(RunningServer server, string run) =>
        [
            .. (await server.GetAsync($"/api/v1/events?limit=1000&subject={run}"))
                .GetProperty("items")
                .EnumerateArray()
                .Where(e => e.GetProperty("type").GetString() is "step.published" or "step.reused")
                .Select(e => e.GetProperty("data").GetProperty("nodeId").GetString())
                .Order(StringComparer.Ordinal),
        ];
}
