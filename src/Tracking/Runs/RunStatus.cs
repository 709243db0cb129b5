namespace Rondo.Tracking.Runs;

/// <summary>How far a run is; the numbers are those of the protocol, the names those of the wire.</summary>
internal enum RunStatus
{
    RUNNING = 1,
    SCHEDULED = 2,
    FINISHED = 3,
    FAILED = 4,
    KILLED = 5,
}
