using System.Globalization;
using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Processes;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk.BuiltIn;

/// <summary>One attempt at a command: files in, process, files out.</summary>
internal sealed class CommandRun(
    CommandCode code,
    IReadOnlyList<CommandInput> inputs,
    IReadOnlyList<CommandOutput> outputs,
    StepCall call
)
{
    public const string ManifestName = "rondo.json";
    public const string MetricsName = "metrics.json";

    private const int FormatVersion = 1;
    private const string TemporaryName = ".tmp";
    private const long MetricsBytesMax = 1 << 20;

    private readonly string _folder = call.Context.WorkFolder;
    private readonly CommandLines _lines = new(call.Context);

    private string Command => string.Join(' ', code.Words);

    public async Task RunAsync()
    {
        foreach (var input in inputs)
        {
            input.Lay(call.StoredInputs[input.File], Of(input.File));
            call.Context.Cancellation.ThrowIfCancellationRequested();
        }
        foreach (var output in outputs.Where(output => output.IsFolder))
        {
            Directory.CreateDirectory(Of(output.File));
        }
        Directory.CreateDirectory(Of(TemporaryName));
        await WriteManifestAsync();
        await ExecuteAsync();
        await ReadMetricsAsync();
        foreach (var output in outputs)
        {
            Take(output);
        }
    }

    private async Task WriteManifestAsync()
    {
        var manifest = new
        {
            FormatVersion,
            Inputs = inputs.ToDictionary(input => input.File, input => Of(input.File), StringComparer.Ordinal),
            Outputs = outputs.ToDictionary(output => output.File, output => Of(output.File), StringComparer.Ordinal),
            call.Request.Arguments,
            call.Context.Seed,
            call.Context.Threads,
            Metrics = Of(MetricsName),
        };
        await File.WriteAllBytesAsync(
            Of(ManifestName),
            JsonSerializer.SerializeToUtf8Bytes(manifest, RondoJson.Indented)
        );
    }

    private async Task ExecuteAsync()
    {
        var words = code.Resolved;
        var program = new ProgramCall(words[0], [.. words.Skip(1)], _folder, Environment())
        {
            Limits = Limits(),
            OnOutput = _lines.Output,
            OnError = _lines.Error,
        };
        foreach (var line in ProcessRoom.Current.NotHeld(program.Limits))
        {
            call.Context.Log(line);
        }
        var end = await ProcessRoom.Current.RunAsync(program, call.Context.Cancellation);
        if (end.Broken is { } broken)
        {
            throw new CommandFailedException(
                $"'{Command}' {broken.Words}.",
                "Raise the step's limit, or make the program take less.",
                broken.Class
            );
        }
        if (end.ExitCode != 0)
        {
            var last = _lines.LastError is { Length: > 0 } words1 ? $" It said: {words1}" : "";
            throw new CommandFailedException(
                $"'{Command}' {end.Words}.{last}",
                "Its log says why.",
                FailureClasses.OfExit(end.ExitCode)
            );
        }
    }

    // What this process has, and what the step says. Secrets of other steps are not passed on.
    private Dictionary<string, string> Environment()
    {
        var environment = AttemptEnvironment.Outside();
        foreach (var name in environment.Keys.Where(LocalSecrets.IsVariable).ToList())
        {
            environment.Remove(name);
        }
        environment["OMP_NUM_THREADS"] = call.Context.Threads.ToString(CultureInfo.InvariantCulture);
        // What Python prints is to be seen when it is printed.
        environment["PYTHONUNBUFFERED"] = "1";
        environment["TMPDIR"] = environment["TMP"] = environment["TEMP"] = Of(TemporaryName);
        foreach (var (name, value) in call.Variables)
        {
            environment[name] = value;
        }
        environment["RONDO_STEP"] = Of(ManifestName);
        return environment;
    }

    private ProcessLimits Limits() =>
        call.Request.Resources is { } resources
            ? new()
            {
                MemoryBytes = resources.MemoryBytes,
                Processes = resources.ProcessesMax,
                DiskBytes = resources.DiskBytes,
            }
            : new();

    private async Task ReadMetricsAsync()
    {
        var file = new FileInfo(Of(MetricsName));
        if (!file.Exists)
        {
            return;
        }
        try
        {
            if (file.Length > MetricsBytesMax)
            {
                throw new JsonException($"It has {file.Length} bytes; at most {MetricsBytesMax} are read.");
            }
            await using var stream = file.OpenRead();
            var metrics = await JsonSerializer.DeserializeAsync<Dictionary<string, double>>(stream, RondoJson.Options);
            foreach (var (name, value) in metrics ?? [])
            {
                call.Context.Metric(name, value);
            }
        }
        catch (JsonException e)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"'{MetricsName}' of '{Command}' is not valid: {e.Message}",
                "Write one JSON object of names and numbers.",
                e
            );
        }
    }

    private void Take(CommandOutput output)
    {
        var path = Of(output.File);
        if (!File.Exists(path) && !Directory.Exists(path))
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"'{Command}' did not write its output '{output.File}'.",
                $"Write it into the working folder, or to the path under outputs in {ManifestName}."
            );
        }
        if (output.IsFolder != Directory.Exists(path))
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"'{Command}' wrote its output '{output.File}' as a {(output.IsFolder ? "file" : "folder")}.",
                $"Declare it with {(output.IsFolder ? "OutputFile" : "OutputFolder")}, or write the other."
            );
        }
        output.Take(call, path);
    }

    private string Of(string file) => Path.Combine(_folder, file);
}
