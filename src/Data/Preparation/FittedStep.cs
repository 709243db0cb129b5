using System.Text.Json.Serialization;

namespace Rondo.Data;

/// <summary>A step with all that it has learnt. Each row comes out of it by itself, whatever rows are beside it,
/// but where it says that it needs history.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "step")]
[JsonDerivedType(typeof(ImputeStep), "impute")]
[JsonDerivedType(typeof(ScaleStep), "scale")]
[JsonDerivedType(typeof(ClipStep), "clip")]
[JsonDerivedType(typeof(LogStep), "log1p")]
[JsonDerivedType(typeof(BucketStep), "bucket")]
[JsonDerivedType(typeof(OneHotStep), "oneHot")]
[JsonDerivedType(typeof(OrdinalStep), "ordinal")]
[JsonDerivedType(typeof(TargetStep), "targetEncode")]
[JsonDerivedType(typeof(HashStep), "hashWords")]
[JsonDerivedType(typeof(WordsStep), "countWords")]
[JsonDerivedType(typeof(DatePartsStep), "dateParts")]
[JsonDerivedType(typeof(JoinStep), "join")]
[JsonDerivedType(typeof(CopyStep), "copy")]
[JsonDerivedType(typeof(DropStep), "drop")]
[JsonDerivedType(typeof(LagStep), "lag")]
[JsonDerivedType(typeof(RollingMeanStep), "rollingMean")]
[JsonDerivedType(typeof(SampleStep), "sample")]
[JsonDerivedType(typeof(BalanceStep), "balance")]
internal abstract record FittedStep
{
    /// <summary>What the step makes of rows, in training and in serving.</summary>
    public abstract Table Apply(Table table);

    /// <summary>What it makes of the rows it was fitted on; differs where rows are chosen or must not know their own target.</summary>
    public virtual Table ApplyInTraining(Table table) => Apply(table);

    /// <summary>Whether a row comes out of it by rows before it: then it is for tables, and never for a request.</summary>
    [JsonIgnore]
    public virtual bool NeedsHistory => false;

    /// <summary>Says what cannot be in a file that was written by hand.</summary>
    public virtual void Check() { }
}
