using Rondo.Data;

namespace RondoProject;

/// <summary>A reading as it is read: one an hour. A file with other columns stops the run before training.</summary>
public sealed record Reading(
    DateTimeOffset Time,
    [property: Between(-20, 120)] double Temperature,
    [property: Between(0, 100)] double Load,
    [property: OneOf("day", "night")] string Shift
);

/// <summary>An hour as the model sees it, with what it is to predict.</summary>
public sealed record Hour(
    DateTimeOffset Time,
    DateOnly Day,
    string Shift,
    float Temperature,
    float Load,
    float Night,
    float Next
);
