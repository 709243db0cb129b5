namespace Rondo.Sdk;

/// <summary>What a model, or a naive rule, says about one row. A step that scores returns one for each row of the hold-out, in its order.</summary>
/// <param name="Value">The predicted value, in the unit of the truth.</param>
public sealed record Prediction(double Value);
