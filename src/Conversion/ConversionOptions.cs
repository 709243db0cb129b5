namespace Rondo.Conversion;

/// <summary>When a converted model may stand for the original. The defaults let nothing pass that anybody could notice.</summary>
public sealed record ConversionOptions
{
    /// <summary>The largest difference of a number, as a share of the size of the answers: 0.0001, unless told otherwise. ONNX computes in single
    /// precision, as ML.NET does, but adds in another order.</summary>
    public double Tolerance { get; init; } = 1e-4;

    /// <summary>The largest share of rows, from 0 to 1, for which a label or the greatest of several scores may differ: 0, unless told otherwise.</summary>
    public double DecisionsDifferMax { get; init; }

    /// <summary>The most rows that are compared, evenly spread: 1000, unless told otherwise.</summary>
    public int SampleRowsMax { get; init; } = 1000;

    /// <summary>Whether rows with a number that is huge (1e300) or endless are among those compared: yes, unless told otherwise. Say no only where
    /// no such number can come in; the conversion then says that they were not compared.</summary>
    public bool Extremes { get; init; } = true;
}
