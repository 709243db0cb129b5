using System.Formats.Tar;
using System.Text;
using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel;
using Rondo.Kernel.Blobs;
using Rondo.Pipelines;
using Rondo.Sdk.Wire;

namespace Rondo.Delivery.Builds;

/// <summary>Makes a package of a commit: compile everything, run the unit tests, run the pipelines on the sample, pack what was published.</summary>
internal sealed class BuildRunner(
    ServerPaths paths,
    DeliveryOptions options,
    PipelineCatalog pipelines,
    IBlobStore blobs,
    TimeProvider time
)
{
    private const int ErrorsShownMax = 5;
    private const int ManifestCharsMax = 16 << 20;

    public async Task<BuiltPackage> RunAsync(LiveBuild build, CancellationToken stopping)
    {
        using var limit = new CancellationTokenSource(options.BuildTimeout, time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping, build.Wanted, limit.Token);
        var folder = Path.Combine(Path.GetFullPath(paths.BuildsFolder), build.Build.Id);
        var work = new BuildWork(folder, paths.FeedFolder, options.Dotnet, build, ended.Token);
        try
        {
            return await RunAsync(work);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            throw new BuildFault($"The build took longer than {options.BuildTimeout.TotalMinutes:0.#} minutes.");
        }
        finally
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private async Task<BuiltPackage> RunAsync(BuildWork work)
    {
        await CheckOutAsync(work);
        var settings = await ProjectSettings.ReadAsync(work.Source);
        var projects = SourceProject.All(work.Source);
        var released = SourceProject.Released(projects, settings);
        await CompileAsync(work, projects);
        var tests = await TestAsync(work, [.. projects.Where(project => project.IsTest)]);
        var entry = await PublishAsync(work, released);
        var (manifest, bytes) = await ManifestAsync(work, released, entry);
        SampleFiles.Complete(manifest, released, work.PublishedOf(released));
        await TryAsync(work, manifest, Path.Combine(work.PublishedOf(released), entry));
        var package = await PackAsync(work, released, entry);
        using var json = new MemoryStream(bytes);
        var described = await blobs.PutAsync(json, work.Cancellation);
        return new BuiltPackage(package.Digest, package.Size, described.Digest, settings.Promotion, tests);
    }

    private async Task CheckOutAsync(BuildWork work)
    {
        Directory.CreateDirectory(work.Source);
        // What lies in the folders above (a repository that the server runs in, say) must not be part of the build.
        await File.WriteAllTextAsync(Path.Combine(work.Folder, "Directory.Build.props"), "<Project />");
        await File.WriteAllTextAsync(Path.Combine(work.Folder, "Directory.Build.targets"), "<Project />");
        await File.WriteAllTextAsync(Path.Combine(work.Folder, "Directory.Packages.props"), "<Project />");
        await File.WriteAllTextAsync(Path.Combine(work.Folder, "Directory.Solution.props"), "<Project />");
        await File.WriteAllTextAsync(Path.Combine(work.Folder, "global.json"), "{}");
        await File.WriteAllTextAsync(Path.Combine(work.Folder, ".editorconfig"), "root = true\n");
        try
        {
            await TarFile.ExtractToDirectoryAsync(
                work.Build.SourceFile,
                work.Source,
                overwriteFiles: false,
                work.Cancellation
            );
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new BuildFault($"The commit cannot be checked out: {e.Message}");
        }
    }

    private async Task CompileAsync(BuildWork work, IReadOnlyList<SourceProject> projects)
    {
        var started = time.GetTimestamp();
        work.Build.Tell($"Compiling {Count(projects.Count, "project")}");
        // One solution of all projects: what does not compile is found, whatever solutions the repository has.
        var solution = Path.Combine(work.Folder, "all.slnx");
        var text = new StringBuilder("<Solution>\n");
        foreach (var project in projects)
        {
            var path = System.Security.SecurityElement.Escape("source/" + project.RelativePath);
            text.Append("  <Project Path=\"").Append(path).Append("\" />\n");
        }

        await File.WriteAllTextAsync(solution, text.Append("</Solution>\n").ToString(), work.Cancellation);
        var errors = await work.WatchAsync("Compiling", time, work.MsBuildAsync("build", solution));
        if (errors is [var first, ..])
        {
            foreach (var error in errors.Skip(1).Take(ErrorsShownMax - 1))
            {
                work.Build.Say(error);
            }

            throw new BuildFault($"It does not compile: {first}");
        }

        work.Build.Tell($"Compiled in {Seconds(started)}");
    }

    private async Task<TestCounts> TestAsync(BuildWork work, IReadOnlyList<SourceProject> projects)
    {
        var started = time.GetTimestamp();
        var counts = TestCounts.None;
        foreach (var project in projects)
        {
            counts = counts.And(await work.WatchAsync("Testing", time, TestAsync(work, project)));
        }

        var summary = $"{counts.Passed} passed, {counts.Failed} failed";
        if (counts.Failed > 0)
        {
            throw new BuildFault($"Tests: {summary}. {counts.FirstFailure}", counts);
        }

        work.Build.Tell(
            projects.Count == 0
                ? "There are no unit tests: no project references xunit.v3"
                : $"Tests: {summary}, in {Seconds(started)}"
        );
        return counts;
    }

    private static async Task<TestCounts> TestAsync(BuildWork work, SourceProject project)
    {
        var program = ProgramIn(work.OutputOf(project), project);
        var report = Path.Combine(work.Folder, project.Name + ".xml");
        var exit = await work.RunAsync(
            Path.GetDirectoryName(program)!,
            [program, "-noColor", "-noLogo", "-xml", report]
        );
        if (!File.Exists(report))
        {
            throw new BuildFault($"The tests of {project.RelativePath} ended with exit code {exit} and no report.");
        }

        var counts = await TestReport.ReadAsync(report);
        return counts switch
        {
            { Passed: 0, Failed: 0 } => throw new BuildFault($"{project.RelativePath} ran no test."),
            { Failed: 0 } when exit != 0 => throw new BuildFault(
                $"The tests of {project.RelativePath} passed, but the program ended with exit code {exit}."
            ),
            _ => counts,
        };
    }

    /// <summary>Publishes what was compiled, and returns the name of the assembly to start.</summary>
    private static async Task<string> PublishAsync(BuildWork work, SourceProject released)
    {
        if (await work.MsBuildAsync("publish", released.File, "--no-build") is [var error, ..])
        {
            throw new BuildFault($"{released.RelativePath} cannot be published: {error}");
        }

        return Path.GetFileName(ProgramIn(Path.Combine(work.Folder, "out", "publish", released.Name), released));
    }

    private static async Task<(Manifest Manifest, byte[] Bytes)> ManifestAsync(
        BuildWork work,
        SourceProject released,
        string entry
    )
    {
        var output = new StringBuilder();
        string? error = null;
        var exit = await work.RunAsync(
            work.Folder,
            [Path.Combine(work.PublishedOf(released), entry), "manifest"],
            line =>
            {
                if (output.Length < ManifestCharsMax)
                {
                    output.Append(line).Append('\n');
                }
            },
            line =>
            {
                work.Log(line);
                error = line.StartsWith("error: ", StringComparison.Ordinal) ? line["error: ".Length..] : error ?? line;
            }
        );
        if (exit != 0)
        {
            throw new BuildFault($"What {released.RelativePath} declares is wrong: {error ?? $"exit code {exit}"}");
        }

        try
        {
            var manifest = JsonSerializer.Deserialize<Manifest>(output.ToString(), RondoJson.Options)!;
            return (manifest, JsonSerializer.SerializeToUtf8Bytes(manifest, RondoJson.Options));
        }
        catch (JsonException)
        {
            throw new BuildFault(
                $"{released.RelativePath} printed no manifest. Its Main must end with 'return await app.RunAsync();', and print nothing itself."
            );
        }
    }

    private async Task TryAsync(BuildWork work, Manifest manifest, string program)
    {
        foreach (var pipeline in manifest.Pipelines)
        {
            var partition = pipelines.PartitionToTry(pipeline);
            if (Trial.ObstacleInBuild(manifest, pipeline, partition) is { } obstacle)
            {
                work.Build.Tell($"Pipeline {pipeline.Name} is not tried: {obstacle}");
                continue;
            }

            var started = time.GetTimestamp();
            string? last = null;
            void Take(string line)
            {
                work.Log(line);
                last = line.StartsWith("error: ", StringComparison.Ordinal) ? line["error: ".Length..] : last;
            }

            var folder = Path.Combine(work.Folder, "sample");
            Directory.CreateDirectory(folder);
            var run = work.RunAsync(
                folder,
                [
                    program,
                    "run",
                    pipeline.Name,
                    "--sample",
                    "--folder",
                    Path.Combine(folder, ".rondo"),
                    .. partition is null ? Array.Empty<string>() : ["--partition", partition],
                ],
                Take,
                Take
            );
            var exit = await work.WatchAsync($"Running {pipeline.Name} on the sample", time, run);
            if (exit != 0)
            {
                throw new BuildFault(
                    $"Pipeline {pipeline.Name} fails on the sample: {last ?? $"exit code {exit}; see the log"}"
                );
            }

            work.Build.Tell($"Pipeline {pipeline.Name} ran on the sample in {Seconds(started)}");
        }
    }

    private async Task<BlobId> PackAsync(BuildWork work, SourceProject released, string entry)
    {
        var build = work.Build.Build;
        var file = Path.Combine(work.Folder, "package.zip");
        var description = new PackageDescription(1, build.Project, build.Commit, entry);
        await PackageZip.WriteAsync(work.PublishedOf(released), description, file, options.PackageBytesMax);
        await using var stream = File.OpenRead(file);
        return await blobs.PutAsync(stream, work.Cancellation);
    }

    private static string ProgramIn(string output, SourceProject project)
    {
        const string Mark = ".runtimeconfig.json";
        var marks = Directory.Exists(output)
            ? Directory.GetFiles(output, "*" + Mark, SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList()
            : [];
        var own = marks.Find(mark => Path.GetFileName(mark) == project.Name + Mark) ?? marks.FirstOrDefault();
        return own is not null
            ? own[..^Mark.Length] + ".dll"
            : throw new BuildFault($"{project.RelativePath} is no program: set <OutputType>Exe</OutputType>.");
    }

    private string Seconds(long started) =>
        string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{time.GetElapsedTime(started).TotalSeconds:0.0} s"
        );

    private static string Count(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";
}
