using Microsoft.ML;

namespace Rondo.Conversion.Onnx;

/// <summary>The errors of what cannot be exported: each names the transformer and says what to do.</summary>
internal static class Refusal
{
    public static RondoException Of(string what, string mend) => new(ErrorCode.FailedPrecondition, what, mend);

    public static RondoException Of(ITransformer transformer, string column, string why, string mend) =>
        Of($"{NameOf(transformer.GetType())}, which makes column '{column}', cannot be exported to ONNX: {why}.", mend);

    /// <summary>A type without namespace and arity: <c>BinaryPredictionTransformer</c>; one within another says so.</summary>
    public static string NameOf(Type type) =>
        (type.DeclaringType is { } outer ? NameOf(outer) + "." : "") + type.Name.Split('`')[0];
}
