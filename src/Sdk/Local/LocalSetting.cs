using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>Everything that the parts of one local run share.</summary>
internal sealed class LocalSetting
{
    public required MlApp App { get; init; }

    public required PipelineShape Shape { get; init; }

    public required LocalOptions Options { get; init; }

    public required LocalFacts Facts { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>What steps say.</summary>
    public required TextWriter Log { get; init; }

    public required ContentStore Store { get; init; }

    public required LocalCache Cache { get; init; }

    public required LocalSecrets Secrets { get; init; }

    public required LocalRuns.OpenRun Run { get; init; }

    public required LocalResults Results { get; init; }

    public required LocalProbe Probe { get; init; }

    public required LocalProgress Progress { get; init; }

    /// <summary>The run that this one goes on from; null: none.</summary>
    public LocalEarlier? Earlier { get; init; }

    /// <summary>Node → what a test runs in the place of its step.</summary>
    public required IReadOnlyDictionary<string, Func<StepCall, Task>> Fakes { get; init; }

    /// <summary>The threads of one step.</summary>
    public int Threads => Math.Max(1, Environment.ProcessorCount / Options.AtOnce);

    /// <summary>A node has come to its end, in whatever way. What it made counts from here on.</summary>
    public void Publish(LocalNode node)
    {
        Probe.MustLive();
        Run.Journal.Node(node);
        Results.Set(node);
        Progress.Ended(node);
    }

    /// <summary>What an attempt says to people, without secrets.</summary>
    public StepResult Redact(StepResult result) => Log is RedactingWriter log ? log.Redactor.Redact(result) : result;
}
