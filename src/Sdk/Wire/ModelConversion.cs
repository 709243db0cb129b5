using Rondo.Evaluation;

namespace Rondo.Sdk.Wire;

/// <summary>
/// What a step has made of a model before it was registered (another format, quantised, compiled), and how far both answer alike. Only the
/// figures of time differ from one computation to the next.
/// </summary>
/// <param name="From">The model as it was trained.</param>
/// <param name="To">The model that is registered.</param>
/// <param name="Parity">Both on the same rows.</param>
public sealed record ModelConversion(ModelForm From, ModelForm To, ModelParity Parity);

/// <summary>A form of a model, and what it costs.</summary>
/// <param name="Format">As in <see cref="ModelDescription.Format"/>.</param>
/// <param name="SizeBytes">The size of its file.</param>
/// <param name="MedianUs">How long it takes to answer one row, in microseconds, where it was converted: the median.</param>
/// <param name="P99Us">The same: 99 of 100 rows take at most this long.</param>
public sealed record ModelForm(string Format, long SizeBytes, double MedianUs, double P99Us);

/// <summary>How far a converted model answers as the original does, on a sample.</summary>
/// <param name="Rows">The rows of the sample.</param>
/// <param name="ProbeRows">How many of them were made from others by taking a number away, or putting an unknown category or a huge or endless number in.</param>
/// <param name="Tolerance">The largest difference allowed, as a share of the size of the answers (<see cref="OutputParity.MaxRelative"/>).</param>
/// <param name="Outputs">Each output.</param>
/// <param name="Verdict">Whether the converted model may stand for the original.</param>
public sealed record ModelParity(
    int Rows,
    int ProbeRows,
    double Tolerance,
    IReadOnlyList<OutputParity> Outputs,
    GateVerdict Verdict
);

/// <summary>One output of both models.</summary>
/// <param name="Name">The output.</param>
/// <param name="MaxAbsolute">The largest difference, in the unit of the output; infinite where only one of the answers is a number.</param>
/// <param name="MaxRelative">The largest difference divided by the size of the original's answer, which is at least the root of the mean square of
/// all its answers.</param>
/// <param name="DecisionsDiffer">The share of rows, from 0 to 1, for which the decision differs: a label, or the greatest of several scores. Null for a
/// single number, which decides nothing.</param>
public sealed record OutputParity(string Name, double MaxAbsolute, double MaxRelative, double? DecisionsDiffer);
