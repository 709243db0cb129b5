namespace Rondo.Serving.Changes;

/// <summary>
/// Data of <c>change.started</c>, <c>.advanced</c>, <c>.completed</c>, <c>.stopped</c> and <c>.rolledback</c>; the subject is the change.
/// </summary>
internal sealed record ChangeEvent(
    string Change,
    string Where,
    IReadOnlyDictionary<string, string> Settings,
    int Wave,
    int Waves,
    int Endpoints,
    string Reason,
    ChangeEvidence? Evidence = null
)
{
    public const string Started = "change.started";
    public const string Advanced = "change.advanced";
    public const string Completed = "change.completed";
    public const string Stopped = "change.stopped";
    public const string RolledBack = "change.rolledback";

    public static ChangeEvent Of(EndpointChange change, int endpoints) =>
        new(
            change.Id,
            change.Request.Where,
            change.Request.Set,
            change.Wave,
            change.Waves,
            endpoints,
            change.Request.Reason,
            change.Evidence
        );
}

/// <summary>Data of <c>change.skipped</c>: an endpoint that a change left as it was; the subject is the endpoint.</summary>
internal sealed record ChangeSkippedEvent(string Change, string Endpoint, string Reason)
{
    public const string Type = "change.skipped";
}

/// <summary>What Serving reads of <c>alert.raised</c>.</summary>
internal sealed record RaisedAlert(string Endpoint, string Monitor, double Value, double Limit)
{
    public const string EventType = "alert.raised";
}
