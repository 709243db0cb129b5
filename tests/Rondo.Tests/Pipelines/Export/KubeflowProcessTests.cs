using System.Diagnostics;
using Google.Protobuf.WellKnownTypes;
using Rondo.Kernel.Blobs;
using Rondo.Pipelines.Export;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines.Export;

/// <summary>An exported document with the real program of a compiled project in the place of a container.</summary>
[Trait("Category", "Slow")]
public sealed class KubeflowProcessTests : IDisposable
{
    private const string Source = """
        using Rondo.Data;
        using Rondo.Sdk;

        var app = MlApp.Create(args, "shop");
        var orders = app.Dataset<Order>("orders").EventTime(order => order.Day);
        app.Pipeline("sum", g =>
        {
            var limit = g.Parameter("limit", 5.0, max: 100);
            var rows = g.Validate(g.Ingest(orders), orders);
            var total = g.Total(rows, limit);
            g.When(g.IsMuch(total), then: () => g.Say(total));
        });
        return await app.RunAsync();

        public sealed record Order(DateOnly Day, double Amount);
        public sealed record Sum(double Amount, int Rows);

        public static class Steps
        {
            [Step] public static Sum Total(Table<Order> rows, double limit, StepContext context)
            {
                context.Log($"a limit of {limit}");
                context.Metric("rows", rows.Count);
                return new(rows.Sum(row => Math.Min(row.Amount, limit)), rows.Count);
            }
            [Step] public static bool IsMuch(Sum total) => total.Amount > 6;
            [Step] public static string Say(Sum total) => $"{total.Amount} of {total.Rows}";
        }
        """;

    // What reading and writing tables needs besides what every project does.
    private static readonly string[] s_parquetFiles =
    [
        "CommunityToolkit.HighPerformance.dll",
        "K4os.Compression.LZ4.dll",
        "Microsoft.IO.RecyclableMemoryStream.dll",
        "Snappier.dll",
        "ZstdSharp.dll",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("rondo-kfp-").FullName;
    private readonly List<string> _said = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    [Trait("Requirement", "R246")]
    public async Task A_compiled_project_runs_its_steps_as_containers_of_kubeflow()
    {
        var app = Path.Combine(_folder, "app");
        var (_, manifest) = await CompiledPackage.MakeAsync(
            new FolderBlobStore(Path.Combine(_folder, "blobs")),
            app,
            Source
        );
        foreach (var file in s_parquetFiles)
        {
            File.Copy(Path.Combine(AppContext.BaseDirectory, file), Path.Combine(app, file), overwrite: true);
        }

        var target = KfpTarget.Of(manifest, KfpExamples.Pinned, "App.dll", KfpPlatform.Kubernetes);
        var document = KfpDocument.Parse(KfpExport.Export(Assert.Single(manifest.Pipelines), target).Files[0].Content);
        Assert.Empty(KfpReferences.Problems(document));
        var data = Directory.CreateDirectory(Path.Combine(_folder, "data")).FullName;
        await File.WriteAllTextAsync(Path.Combine(data, "a.csv"), "Day,Amount\n2024-01-01,1\n2024-01-02,2\n");
        await File.WriteAllTextAsync(Path.Combine(data, "b.csv"), "Day,Amount\n2024-01-03,60\n");

        var run = new KubeflowRun(document, Path.Combine(_folder, "run"), (_, words) => StartAsync(app, words));
        var succeeded = await run.RunAsync(("orders_uri", Value.ForString(data)));
        var refused = await new KubeflowRun(
            document,
            Path.Combine(_folder, "refused"),
            (_, words) => StartAsync(app, words)
        ).RunAsync(("orders_uri", Value.ForString(data)), ("limit", Value.ForNumber(1000)));

        Assert.True(succeeded, string.Join('\n', _said));
        Assert.Equal("8 of 3", run.Json("when-is-much/say.value").GetString());
        Assert.Equal(3, run.Made["total.metrics"].Metadata.Fields["rows"].NumberValue);
        Assert.Contains("a limit of 5", _said);
        Assert.False(refused);
        Assert.Contains(_said, line => line.Contains("'limit' is 1000", StringComparison.Ordinal));
    }

    private async Task<int> StartAsync(string app, IReadOnlyList<string> words)
    {
        Assert.Equal(["dotnet", KfpTarget.Folder + "/App.dll"], words.Take(2));
        var start = new ProcessStartInfo("dotnet", [Path.Combine(app, "App.dll"), .. words.Skip(2)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        _said.AddRange((await process.StandardOutput.ReadToEndAsync()).Split('\n'));
        _said.AddRange((await error).Split('\n'));
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
