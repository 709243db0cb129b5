using System.Text.Json;
using Rondo.Data;

namespace Rondo.Kernel.Events;

/// <summary>One entry of the log. Positions are gapless in the order of commits.</summary>
public sealed record LoggedEvent(
    long Position,
    string Id,
    DateTimeOffset At,
    string Project,
    string Type,
    string Subject,
    string Actor,
    long? Cause,
    JsonElement Data
)
{
    /// <summary>The data as the record that its publisher wrote.</summary>
    public T DataAs<T>() =>
        Data.Deserialize<T>(RondoJson.Options)
        ?? throw new RondoException(ErrorCode.Internal, $"Event {Position} ({Type}) has no data.");
}
