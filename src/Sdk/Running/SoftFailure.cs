using Rondo.Data;
using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>
/// The failure of a step of a trial: in the place of its outputs there are none, and the run goes on. The result names its error all the same;
/// because of that nothing reuses it.
/// </summary>
internal static class SoftFailure
{
    /// <summary>The result in the place of the failure; null: it fails the attempt.</summary>
    public static StepResult? Of(StepCall call, FailedAttempt failure, string? message, string? mend)
    {
        if (!IsSoft(call.Node, failure))
        {
            return null;
        }
        try
        {
            return new(
                StepOutcome.Succeeded,
                call.Node.OutputPorts.ToDictionary(
                    output => output.Port,
                    output => None(call, output.Port),
                    StringComparer.Ordinal
                ),
                call.Context.Metrics,
                $"Failed, and the run goes on without it: {message}",
                mend,
                failure.ErrorType
            );
        }
        catch (IOException)
        {
            // Where nothing can be written, that is what is wrong.
            return null;
        }
    }

    // Bytes that have changed are mended by whoever runs the run, who must hear of it.
    private static bool IsSoft(StepNode node, FailedAttempt failure) =>
        node.Lineage().Skip(1).Any(group => group.FailsSoftly)
        && failure.ErrorType
            is not FailureClasses.Cancelled
                and not $"{nameof(RondoException)}.{nameof(ErrorCode.DataCorrupt)}"
        && RetryRules.IsLast(node, failure);

    // Beside what the step may have staged: one that was left behind may still write there.
    private static ProducedArtifact None(StepCall call, string port)
    {
        var file = "none-" + port;
        using var stream = new HashingStream(Path.Combine(call.Request.StagingFolder, file));
        stream.Write("null"u8);
        var (digest, size) = stream.Complete();
        return new(ArtifactTypes.None, digest, size, file, null);
    }
}
