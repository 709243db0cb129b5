using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk.BuiltIn;

/// <summary>One attempt at a command: files in, process, files out.</summary>
internal sealed class CommandRun(
    CommandCode code,
    IReadOnlyList<CommandPort> inputs,
    IReadOnlyList<CommandPort> outputs,
    StepCall call
)
{
    public const string ManifestName = "rondo.json";
    private const string MetricsName = "metrics.json";
    private const int LineMax = 10_000;

    private readonly string _folder = call.Context.WorkFolder;

    public async Task RunAsync()
    {
        foreach (var input in inputs)
        {
            await PutAsync(input);
        }
        await WriteManifestAsync();
        await ExecuteAsync();
        await ReadMetricsAsync();
        foreach (var output in outputs)
        {
            Take(output.File);
        }
    }

    private async Task PutAsync(CommandPort input)
    {
        var stored = call.StoredInputs[input.File];
        var path = Path.Combine(_folder, input.File);
        await using var target = File.Create(path);
        await using var source = stored.Open();
        if (input.Type == ArtifactTypes.Table && IsCsv(input.File))
        {
            Csv.Write(Parquet.Read(source), target);
            return;
        }
        // A copy: a program may write into its inputs, and the store's bytes must stay as they are.
        await source.CopyToAsync(target, call.Context.Cancellation);
    }

    private async Task WriteManifestAsync()
    {
        var manifest = new
        {
            FormatVersion = 1,
            Inputs = Paths(inputs),
            Outputs = Paths(outputs),
            call.Request.Arguments,
            call.Context.Seed,
            call.Context.Threads,
            Metrics = Path.Combine(_folder, MetricsName),
        };
        await File.WriteAllBytesAsync(
            Path.Combine(_folder, ManifestName),
            JsonSerializer.SerializeToUtf8Bytes(manifest, RondoJson.Indented)
        );
    }

    private Dictionary<string, string> Paths(IEnumerable<CommandPort> ports) =>
        ports.ToDictionary(port => port.File, port => Path.Combine(_folder, port.File), StringComparer.Ordinal);

    private async Task ExecuteAsync()
    {
        var words = code.Resolved;
        var start = new ProcessStartInfo(words[0], words.Skip(1))
        {
            UseShellExecute = false,
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment["RONDO_STEP"] = Path.Combine(_folder, ManifestName);
        start.Environment["OMP_NUM_THREADS"] = call.Context.Threads.ToString(CultureInfo.InvariantCulture);
        using var process = Start(start);
        process.StandardInput.Close();
        try
        {
            var pumps = new[] { PumpAsync(process.StandardOutput), PumpAsync(process.StandardError) };
            await process.WaitForExitAsync(call.Context.Cancellation);
            await Task.WhenAll(pumps).WaitAsync(call.Context.Cancellation);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
        if (process.ExitCode != 0)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"'{string.Join(' ', code.Words)}' ended with exit code {process.ExitCode}.",
                "Its log says why."
            );
        }
    }

    private Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"The program '{code.Words[0]}' cannot be started: {e.Message}.",
                "Install it on the machine that runs the step, or correct the command.",
                e
            );
        }
    }

    private async Task PumpAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            call.Context.Log(line.Length > LineMax ? line[..LineMax] : line);
        }
    }

    private async Task ReadMetricsAsync()
    {
        var path = Path.Combine(_folder, MetricsName);
        if (!File.Exists(path))
        {
            return;
        }
        try
        {
            await using var stream = File.OpenRead(path);
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
                $"'{MetricsName}' of '{string.Join(' ', code.Words)}' is not valid: {e.Message}",
                "Write one JSON object of names and numbers.",
                e
            );
        }
    }

    private void Take(string file)
    {
        var path = Path.Combine(_folder, file);
        if (!File.Exists(path))
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"'{string.Join(' ', code.Words)}' did not write its output '{file}'.",
                $"Write it into the working folder, or to the path under outputs in {ManifestName}."
            );
        }
        var isTable = call.OutputType(file) == ArtifactTypes.Table;
        if (isTable)
        {
            using var stream = File.OpenRead(path);
            var table = IsCsv(file) ? Csv.Read(file, stream).Table : Parquet.Read(stream);
            call.WriteBytes(file, ArtifactTypes.Table, target => Artifacts.UntypedTable.Write(table, target));
            return;
        }
        call.WriteBytes(file, ArtifactTypes.File, target => Artifacts.File.Write(new FileArtifact(path), target));
    }

    private static bool IsCsv(string file) => file.EndsWith(".csv", StringComparison.OrdinalIgnoreCase);
}
