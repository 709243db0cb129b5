using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Rondo.Tests.Pipelines;
using Rondo.Tests.Tidy;

namespace Rondo.Tests.Sdk;

/// <summary>The page on steps in other languages does what it says: its project is compiled, its scripts are run by Python and a shell.</summary>
public sealed partial class CommandGuideTests
{
    [Fact]
    [Trait("Requirement", "R12")]
    [Trait("Requirement", "R77")]
    public async Task The_project_of_the_guide_runs()
    {
        using var folder = new TestFolder();
        var app = Directory.CreateDirectory(folder.Of("app")).FullName;
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "guide", "commands.md"));
        var blocks = Block().Matches(page).ToDictionary(m => m.Groups["file"].Value, m => m.Groups["text"].Value);
        Assert.Equal(["Program.cs", "report.sh", "train.py"], blocks.Keys.Order());
        foreach (var (file, text) in blocks.Where(block => block.Key != "Program.cs"))
        {
            await File.WriteAllTextAsync(Path.Combine(app, file), text);
        }
        await File.WriteAllTextAsync(Path.Combine(app, "trips.csv"), "Distance,Minutes\n1,3\n2,5\n3,7\n4,9.5\n");
        await CompiledPackage.MakeAsync(app, blocks["Program.cs"]);

        var (exit, output, log) = await RunAsync(folder.Path, app);

        Assert.True(exit == 0, log);
        Assert.Contains("4 rows, degree 1, seed 1", log);
        Assert.Contains("50 %: fitted", log);
        var run = JsonDocument.Parse(output).RootElement;
        var nodes = run.GetProperty("nodes").EnumerateArray().ToDictionary(node => node.GetProperty("id").GetString()!);
        var train = nodes["train"];
        Assert.InRange(train.GetProperty("metrics").GetProperty("rmse").GetDouble(), 0.01, 1);
        var quality = train.GetProperty("outputs").GetProperty("quality.json").GetProperty("artifact");
        Assert.Equal("rondo/json", quality.GetProperty("type").GetString());
        var digest = nodes["report"].GetProperty("outputs").GetProperty("report.txt").GetProperty("artifact");
        var store = Path.Combine(folder.Path, "kept", "store");
        var name = digest.GetProperty("digest").GetString()!;
        var report = await File.ReadAllTextAsync(Path.Combine(store, name[..2], name));
        Assert.StartsWith("Trips\n{\"rmse\":", report);
    }

    private static async Task<(int Exit, string Output, string Log)> RunAsync(string folder, string app)
    {
        using var process = Process.Start(
            new ProcessStartInfo(
                "dotnet",
                [
                    Path.Combine(app, "App.dll"),
                    "run",
                    "--sample",
                    "--folder",
                    Path.Combine(folder, "kept"),
                    "--output",
                    "json",
                ]
            )
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                UseShellExecute = false,
                RedirectStandardError = true,
            }
        )!;
        var log = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output, await log);
    }

    [GeneratedRegex(@"```\w+ (?<file>\S+)\n(?<text>.*?)```", RegexOptions.Singleline, matchTimeoutMilliseconds: 30_000)]
    private static partial Regex Block();
}
