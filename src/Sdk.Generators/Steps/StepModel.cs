namespace Rondo.Sdk.Generators.Steps;

/// <summary>What is known about one step, as plain text: the symbols themselves must not outlive one compilation.</summary>
internal sealed record StepModel(
    string Namespace,
    string ExtensionClass,
    string ContainingType,
    string StepName,
    string Method,
    string HintName,
    bool ClassIsPublic,
    bool MethodIsPublic,
    string TypeParameters,
    string Constraints,
    EquatableList<string> CodeTypes,
    EquatableList<string> StepTypeArguments,
    EquatableList<ParameterModel> Parameters,
    EquatableList<OutputModel> Outputs,
    bool IsTuple,
    bool IsAsync,
    StepSettings Settings
);

/// <summary>The settings of the attributes; <paramref name="Others"/> are initializers of the step's code as C#.</summary>
internal sealed record StepSettings(bool Cache, int MaxAttempts, int TimeoutSeconds, EquatableList<string> Others);

internal enum ParameterRole
{
    Context,
    Cancellation,
    Input,
    InputList,
    Argument,
    ArgumentList,
    Constant,
}

/// <summary>
/// A parameter. <paramref name="Type"/> is the artifact's type for inputs (the element's for lists), without nullability unless it is a
/// nullable value; <paramref name="IsValue"/> says whether it is a value type.
/// </summary>
internal sealed record ParameterModel(
    string Name,
    string Port,
    ParameterRole Role,
    string Type,
    string Codec,
    bool Nullable,
    bool IsValue,
    string? Default
);

/// <summary>An output port. <paramref name="Element"/> is the tuple element's name, or empty.</summary>
internal sealed record OutputModel(string Element, string Port, string Type, string Codec, bool Nullable, bool IsValue);

/// <summary>A step, or what is wrong with it.</summary>
internal sealed record StepOrMistakes(StepModel? Step, EquatableList<Mistake> Mistakes);
