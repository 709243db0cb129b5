namespace Rondo.Serving;

/// <summary>
/// Takes what was answered. It never waits and never fails: what it cannot take it refuses, and the endpoint counts and shows
/// how much that was.
/// </summary>
public interface IPredictionLog
{
    /// <summary>Hands a prediction over; false when there is no room.</summary>
    bool TryWrite(LoggedPrediction prediction);
}

/// <summary>
/// One answered row. The inputs are in the order of the version's signature: numbers (and truth values as 0 and 1) in
/// <paramref name="Numbers"/>, texts in <paramref name="Texts"/>, each row of a tensor after the other. What is missing is NaN or null. The value is the first element of the
/// first output, NaN where that is text.
/// </summary>
public sealed record LoggedPrediction(
    string InferenceId,
    string Endpoint,
    ServedVersion Version,
    DateTimeOffset EventTime,
    DateTimeOffset At,
    double[] Numbers,
    string?[] Texts,
    double Value
);

/// <summary>Where nobody watches: takes everything and keeps nothing.</summary>
internal sealed class NoPredictionLog : IPredictionLog
{
    public bool TryWrite(LoggedPrediction prediction) => true;
}
