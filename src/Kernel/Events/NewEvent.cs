namespace Rondo.Kernel.Events;

/// <summary>
/// Something that happened, to be appended in the transaction that made it so. <paramref name="Type"/> is in the past tense
/// (<c>run.finished</c>), <paramref name="Subject"/> the id of the thing it happened to, <paramref name="Data"/> a record of
/// the publishing module, <paramref name="Cause"/> the position of the event that led to it.
/// </summary>
public sealed record NewEvent(string Type, string Project, string Subject, Actor Actor, object Data, long? Cause = null)
{
    /// <summary>When it happened, where the state that it tells of says so too; null: now.</summary>
    public DateTimeOffset? At { get; init; }
}
