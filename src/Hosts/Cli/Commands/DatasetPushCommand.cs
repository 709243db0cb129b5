using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;
using Rondo.Data;
using Column = Rondo.Cli.Output.Column;

namespace Rondo.Cli.Commands;

/// <summary><c>datasets push</c>: files of any kind, a pattern or a folder as one version; only bytes that the server lacks are sent.</summary>
internal static class DatasetPushCommand
{
    private static readonly Argument<string> s_dataset = new("dataset");
    private static readonly Argument<string[]> s_files = new("files")
    {
        Arity = ArgumentArity.OneOrMore,
        Description = "Files, patterns or folders.",
    };

    private static readonly Option<string?> s_script = new("--script")
    {
        Description = "The file of the script or query that made the files: it is kept with the version.",
    };

    private static readonly Option<string[]> s_from = new("--from")
    {
        Description = "A dataset version that they were made from, as DATASET@NUMBER; more than once for several.",
    };

    private static readonly Option<long?> s_rowsIn = new("--rows-in")
    {
        Description = "How many rows were read to make them, before any was left out.",
    };

    public static Command Create() =>
        CommandBuilding.Make(
            "push",
            "Add files to a dataset, all in one version; those of the same name are replaced.",
            PushAsync,
            s_dataset,
            s_files,
            GlobalOptions.Environment,
            s_script,
            s_from,
            s_rowsIn
        );

    private static async Task PushAsync(Invocation call)
    {
        var files = Files(call.Get(s_files));
        var path = $"{await call.ProjectPathAsync()}/datasets/{Segment.Of(call.Get(s_dataset))}";
        var origin = await OriginAsync(call);
        var digests = await DigestsAsync(files, call.Cancellation);
        await SendAsync(call, path, files, digests);
        var added = await call.Api.PostAsync(
            $"{path}/versions?environment={call.Get(GlobalOptions.Environment)}",
            new { Files = files.Zip(digests, (file, digest) => new { Name = Path.GetFileName(file), digest }), origin },
            call.Cancellation
        );
        call.Screen.Details(
            added,
            new Column("dataset", row => $"{row.Text("version.dataset")} in {row.Text("version.environment")}"),
            new Column(
                "version",
                row => row.Text("version.version") + (row.Text("created") == "no" ? " (nothing new: as before)" : "")
            ),
            Column.Of("rows", "version.rows"),
            Column.Of("new rows", "version.newRows"),
            Column.Of("lines held back", "version.quarantined")
        );
        await WarnAsync(call, added);
    }

    private static List<string> Files(string[] asked)
    {
        var files = asked.SelectMany(TableSource.FilesAt).Distinct(StringComparer.Ordinal).ToList();
        files.ForEach(file => TableSource.RequireReadable(Path.GetFileName(file)));
        var twice = files.GroupBy(Path.GetFileName, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1);
        if (twice is not null)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"{string.Join(" and ", twice)} have the same name.",
                "A dataset knows a file by its name: rename one of them."
            );
        }

        return files;
    }

    private static async Task<object?> OriginAsync(Invocation call)
    {
        var (script, from, rowsIn) = (call.Get(s_script), call.Get(s_from) ?? [], call.Get(s_rowsIn));
        if (script is null && from.Length == 0 && rowsIn is null)
        {
            return null;
        }

        if (script is not null && !File.Exists(script))
        {
            throw new RondoException(ErrorCode.NotFound, $"There is no file {Path.GetFullPath(script)}.");
        }

        var isQuery = Path.GetExtension(script)?.Equals(".sql", StringComparison.OrdinalIgnoreCase) == true;
        var project = await call.ProjectAsync();
        return new
        {
            Kind = script is null ? "files"
            : isQuery ? "query"
            : "script",
            Text = script is null ? null : await File.ReadAllTextAsync(script, call.Cancellation),
            Parents = from.Select(name => Parent(call, project, name)).ToList(),
            rowsIn,
        };
    }

    private static string Parent(Invocation call, string project, string name) =>
        name.Split('@') is [var dataset, var number]
        && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? $"{project}/{call.Get(GlobalOptions.Environment)}/{dataset}/{number}"
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{name}' is no version of a dataset.",
                "Name it as DATASET@NUMBER, for example days@3."
            );

    private static async Task<List<string>> DigestsAsync(List<string> files, CancellationToken cancellation)
    {
        var digests = new List<string>(files.Count);
        foreach (var file in files)
        {
            await using var stream = File.OpenRead(file);
            digests.Add(Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation)));
        }

        return digests;
    }

    private static async Task SendAsync(Invocation call, string path, List<string> files, List<string> digests)
    {
        var asked = await call.Api.PostAsync(path + "/missing", new { digests }, call.Cancellation);
        var missing = asked
            .At("digests")!
            .Value.EnumerateArray()
            .Select(d => d.GetString()!)
            .ToHashSet(StringComparer.Ordinal);
        var sent = 0;
        foreach (var (file, digest) in files.Zip(digests).Where(pair => missing.Remove(pair.Second)))
        {
            sent++;
            call.Screen.Progress($"[grey]sending {Path.GetFileName(file)} ({sent} of those that are new)[/]");
            await call.Api.PutFileAsync($"{path}/content/{digest}", file, call.Cancellation);
        }

        if (sent < files.Count && files.Count > 1)
        {
            call.Screen.Progress($"[grey]{files.Count - sent} of {files.Count} files are there already[/]");
        }
    }

    // A wrong name or a file of another kind is taken as it is: what looks like a slip is said.
    private static async Task WarnAsync(Invocation call, JsonElement made)
    {
        foreach (var file in made.At("files")!.Value.EnumerateArray().Where(file => file.Text("rows") == "0"))
        {
            call.Screen.Progress($"[yellow]No row was read from {file.Text("name")}.[/]");
        }

        if (made.Text("version.version") != "1")
        {
            return;
        }

        var read = (await call.Api.GetAsync(await call.ProjectPathAsync() + "/pipelines", call.Cancellation))
            .Items()
            .SelectMany(pipeline => pipeline.At("nodes")?.EnumerateArray() ?? default)
            .Where(node => node.Text("kind") == "dataset")
            .Select(node => node.Text("source"))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        if (read.Count > 0 && !read.Contains(call.Get(s_dataset), StringComparer.Ordinal))
        {
            call.Screen.Progress(
                $"[yellow]No deployed pipeline reads '{call.Get(s_dataset)}'; they read {string.Join(", ", read)}.[/]"
            );
        }
    }
}
