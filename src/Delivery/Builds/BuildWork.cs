using Rondo.Sdk.Processes;

namespace Rondo.Delivery.Builds;

/// <summary>The working folder of one build, and how programs are run in it.</summary>
internal sealed class BuildWork(
    string folder,
    string feed,
    string dotnet,
    LiveBuild build,
    CancellationToken cancellation
)
{
    private static readonly TimeSpan s_sayEvery = TimeSpan.FromSeconds(10);

    // The same commit must give the same bytes: nothing of this folder, of this machine's repositories or of the time goes in.
    private readonly string[] _properties =
    [
        "-p:UseArtifactsOutput=true",
        "-p:ArtifactsPath=" + Escape(Path.Combine(folder, "out")),
        $"-p:PathMap={Escape(folder)}=/_",
        "-p:Deterministic=true",
        "-p:EnableSourceControlManagerQueries=false",
        "-p:IncludeSourceRevisionInInformationalVersion=false",
        "-p:RestoreAdditionalProjectSources=" + Escape(feed),
        // The native runner of xUnit.net takes the same options in all its versions.
        "-p:UseMicrosoftTestingPlatformRunner=false",
        // A compiler server would outlive the build.
        "-p:UseSharedCompilation=false",
        "-c",
        "Release",
        "-nologo",
        "-v",
        "quiet",
        "-tl:off",
    ];

    public LiveBuild Build => build;
    public CancellationToken Cancellation => cancellation;
    public string Folder => folder;
    public string Source => Path.Combine(folder, "source");

    public string OutputOf(SourceProject project) => Path.Combine(folder, "out", "bin", project.Name);

    public string PublishedOf(SourceProject project) => Path.Combine(folder, "out", "publish", project.Name, "release");

    /// <summary>Runs <c>dotnet build</c> and the like, and returns the errors it printed: none when it went well.</summary>
    public async Task<IReadOnlyList<string>> MsBuildAsync(params IEnumerable<string> arguments)
    {
        var errors = new List<string>();
        var last = "it printed nothing";
        void Take(string line)
        {
            var text = Plain(line);
            build.Log.Write(text);
            last = text.Length > 0 ? text : last;
            if (
                text.Contains(": error ", StringComparison.Ordinal)
                || text.StartsWith("error ", StringComparison.Ordinal)
            )
            {
                lock (errors)
                {
                    errors.Add(WithoutProject(text));
                }
            }
        }

        var exit = await RunAsync(Source, [.. arguments, .. _properties], Take, Take);
        return exit == 0 ? [] : [.. errors.DefaultIfEmpty(last).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Runs a program that was built, and logs what it says.</summary>
    public Task<int> RunAsync(string workingFolder, IReadOnlyList<string> arguments) =>
        RunAsync(workingFolder, arguments, Log, Log);

    /// <summary>Runs a program that was built; its output is taken, what it says beside it is logged.</summary>
    public async Task<int> RunAsync(
        string workingFolder,
        IReadOnlyList<string> arguments,
        Action<string> onOutput,
        Action<string> onError
    )
    {
        var end = await ProcessRoom.Current.RunAsync(
            new ProgramCall(
                dotnet,
                arguments,
                workingFolder,
                ProgramEnvironment.With(
                    ("DOTNET_CLI_TELEMETRY_OPTOUT", "1"),
                    ("DOTNET_NOLOGO", "1"),
                    ("DOTNET_SKIP_FIRST_TIME_EXPERIENCE", "1"),
                    ("DOTNET_GENERATE_ASPNET_CERTIFICATE", "false"),
                    ("DOTNET_CLI_USE_MSBUILD_SERVER", "0"),
                    ("DOTNET_CLI_UI_LANGUAGE", "en"),
                    ("MSBUILDDISABLENODEREUSE", "1"),
                    ("OMP_WAIT_POLICY", "passive"),
                    ("CI", "true")
                )
            )
            {
                OnOutput = onOutput,
                OnError = onError,
            },
            cancellation
        );
        return end.ExitCode;
    }

    /// <summary>Waits for a long piece of work, and tells the pusher from time to time that it goes on.</summary>
    public async Task<T> WatchAsync<T>(string what, TimeProvider time, Task<T> work)
    {
        var started = time.GetTimestamp();
        while (await Task.WhenAny(work, Task.Delay(s_sayEvery, time, cancellation)) != work)
        {
            if (cancellation.IsCancellationRequested)
            {
                break;
            }

            build.Say($"{what}: {time.GetElapsedTime(started).TotalSeconds:0} s so far");
        }

        return await work;
    }

    public void Log(string line) => build.Log.Write(Plain(line));

    // "Program.cs(1,2): error CS0029: … [src/Demand/Demand.csproj]": the place says enough.
    private static string WithoutProject(string error) =>
        error.EndsWith("proj]", StringComparison.Ordinal)
        && error.LastIndexOf(" [", StringComparison.Ordinal) is var end and > 0
            ? error[..end]
            : error;

    // People know their files by the path in the repository.
    private string Plain(string line) =>
        line.Replace(Source + Path.DirectorySeparatorChar, "", StringComparison.Ordinal)
            .Replace(folder, "", StringComparison.Ordinal);

    // MSBuild takes these characters for its own.
    private static string Escape(string value) =>
        value
            .Replace("%", "%25", StringComparison.Ordinal)
            .Replace(";", "%3B", StringComparison.Ordinal)
            .Replace(",", "%2C", StringComparison.Ordinal);
}
