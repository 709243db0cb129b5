using Rondo.Sdk.Processes;

namespace Rondo.Cli.Demo;

/// <summary>A program of the demo, run to its end.</summary>
internal sealed record DemoProgram(string Program, IReadOnlyList<string> Arguments, string Folder)
{
    /// <summary>Variables that it gets besides those of this process.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>How it ended, with everything it wrote to each stream.</summary>
    internal sealed record Result(int ExitCode, string Out, string Error);

    public async Task<Result> RunAsync(Action<string>? onErrorLine, CancellationToken cancellation)
    {
        var environment = ProgramEnvironment.Whole();
        foreach (var (name, value) in Environment)
        {
            environment[name] = value;
        }

        var output = "";
        var errors = new List<string>();
        var call = new ProgramCall(Program, Arguments, Folder, environment)
        {
            Read = async stream => output = await new StreamReader(stream).ReadToEndAsync(cancellation),
            OnError = line =>
            {
                errors.Add(line);
                onErrorLine?.Invoke(line);
            },
        };
        var end = await ProcessRoom.Current.RunAsync(call, cancellation);
        return new Result(end.ExitCode, output, string.Join('\n', errors));
    }
}
