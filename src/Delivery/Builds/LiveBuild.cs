namespace Rondo.Delivery.Builds;

/// <summary>
/// A build that somebody waits for: the push that asked for it. <paramref name="Say"/> shows the pusher a line;
/// <paramref name="Wanted"/> is cancelled when the pusher is gone.
/// </summary>
internal sealed record LiveBuild(
    Build Build,
    string SourceFile,
    BuildLog Log,
    Action<string> Say,
    CancellationToken Wanted
)
{
    /// <summary>Why a build ends that nobody waits for.</summary>
    public const string Unwanted = "The pusher went away.";

    private readonly TaskCompletionSource<string?> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Why it failed; null when it succeeded.</summary>
    public Task<string?> Failure => _end.Task;

    public void Succeed() => _end.TrySetResult(null);

    public void Fail(string reason) => _end.TrySetResult(reason);

    /// <summary>Tells the pusher, and the log.</summary>
    public void Tell(string line)
    {
        Say(line);
        Log.Write(line);
    }
}
